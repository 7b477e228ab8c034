import time, sys
import pyarrow as pa, pyarrow.parquet as pq
sys.path.insert(0,".")
import policygen as pg
from policygen.replay.kernel import Kernel
from tests.benchmarks.workloads import WORKLOADS
n=int(sys.argv[1]); which=sys.argv[2]
w={f().name:f for f in WORKLOADS}[which]()
t=time.process_time()
rows=list(w.fields(n))
print("made",time.process_time()-t)
names=sorted({k for r in rows for k in r["context"]})
p=[r["principal"] for r in rows]
data={"principal":[x if isinstance(x,str) else x["arn"] for x in p],"role":[None if isinstance(x,str) else x.get("role") for x in p],
 "action":[r["action"] for r in rows],"resource":[r["resource"] for r in rows],"resource_account":pa.array([r.get("resource_account") for r in rows],pa.string()),
 **{k:[r["context"].get(k) for r in rows] for k in names}}
data["role"]=pa.array(data["role"],pa.string())
batch=pa.record_batch(data)
target=w.target()
kernel=Kernel(pg.compile(target))
for _ in range(3):
    t=time.process_time(); d=kernel.decide(batch); dt=time.process_time()-t
    print("kernel",dt, n/dt, "distinct",len(kernel.decided),"calls",len(kernel.calls), "answers",d.answers)
engine=pg.compile(target)
m=min(n,100000)
t=time.process_time()
exp=[engine.authorize(pg.Request(**({**r,"context":r["context"]}))).decision.value for r in rows[:m]]
dt=time.process_time()-t; print("rows",m/dt)
got=[d.answers[i] for i in d.numbers.to_pylist()[:m]]
print("equal",got==exp)
pq.write_table(pa.Table.from_batches([batch]),"/tmp/w.parquet")
t=time.process_time()
exp=[engine.authorize(pg.Request(**({**r,"context":r["context"]}))).decision.value for r in rows[:m]]
dt=time.process_time()-t; print("rows warm",m/dt)
