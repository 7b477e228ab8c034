import sys,cProfile,pstats
sys.path.insert(0,".")
import pyarrow.parquet as pq, policygen as pg
from policygen.replay.kernel import Kernel
from tests.benchmarks.workloads import w4
import time
names=pq.ParquetFile("/tmp/w.parquet").schema_arrow.names
def read(): return pq.read_table("/tmp/w.parquet",read_dictionary=names,use_threads=False).combine_chunks().to_batches()[0]
t=read()
k=Kernel(pg.compile(w4().target()))
s=time.process_time(); k.decide(t); print("cold",time.process_time()-s)
pr=cProfile.Profile(time.process_time)
pr.enable(); k.decide(t); pr.disable()
pstats.Stats(pr).sort_stats("tottime").print_stats(12)
for _ in range(3):
    s=time.process_time(); t=read(); r=time.process_time()-s; k.decide(t); print("read",r,"all",time.process_time()-s)
