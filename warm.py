import sys,cProfile,pstats
sys.path.insert(0,".")
import pyarrow.parquet as pq, policygen as pg
from policygen.replay.kernel import Kernel
from tests.benchmarks.workloads import w4
import time
t=pq.read_table("/tmp/w.parquet").combine_chunks().to_batches()[0]
k=Kernel(pg.compile(w4().target()))
k.decide(t)
pr=cProfile.Profile(time.process_time)
pr.enable(); k.decide(t); pr.disable()
pstats.Stats(pr).sort_stats("tottime").print_stats(22)
s=time.process_time(); k.decide(t); print(time.process_time()-s)
