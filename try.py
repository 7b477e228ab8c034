import json,sys
from policygen.document import parse_policy
from policygen.proofs.minimize import minimize
from policygen.proofs.compare import compare
from policygen.aws.quotas import QUOTAS
A={"Version":"2012-10-17","Statement":[
 {"Sid":"A","Effect":"Allow","Action":["s3:GetObject","s3:Get*"],"Resource":["arn:aws:s3:::a/*"]},
 {"Sid":"B","Effect":"Allow","Action":["s3:GetObject","s3:Get*"],"Resource":["arn:aws:s3:::b/*","arn:aws:s3:::b/x*"]},
 {"Sid":"C","Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::b/y"],"Condition":{"StringLike":{"aws:userid":["a*","ab"]}}},
 {"Sid":"D","Effect":"Allow","Action":["s3:PutObject"],"Resource":["arn:aws:s3:::b/y"],"Condition":{"StringLike":{"aws:userid":["a*","ab"]}}},
 {"Sid":"E","Effect":"Deny","Action":["s3:DeleteObject"],"Resource":["arn:aws:s3:::b/y"]},
]}
f=minimize([parse_policy(A,"a.json")])
print(json.dumps(f.to_dict(),indent=1))
big={"Version":"2012-10-17","Statement":[{"Sid":f"S{n}","Effect":"Allow","Action":["s3:GetObject",f"s3:Put{n}"],"Resource":[f"arn:aws:s3:::bucket-{n}-{m}/*" for m in range(40)]} for n in range(12)]}
f=minimize([parse_policy(big,"big.json")],quota=QUOTAS["managed-policy"],split=True)
print(f.before,f.after,f.done,f.left)
