# response-group.md §3: a call that passed ten queues is disconnected.

config groups/a serial alice
config groups/b serial bob
config queues/a groups=a overflow=0:newest:queue:b
config queues/b groups=b overflow=0:newest:queue:a
call c1 to a ; accept o1 ; call c2 to b ; accept o2

call c3 to a
