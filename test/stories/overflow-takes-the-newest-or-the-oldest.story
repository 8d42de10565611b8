# response-group.md §3, overflow: a call that is placed at once does not wait and does not count.

config groups/one serial alice
config queues/strict groups=one overflow=0:newest:disconnect
config groups/two serial bob
config queues/newest groups=two overflow=1:newest:disconnect
config groups/three serial carol
config queues/oldest groups=three overflow=1:oldest:queue:newest
call c1 to strict

call c2 to strict

# Nobody waits here: a missed call would.
after 20s

call d1 to newest ; call d2 to newest ; call d3 to newest

call e1 to oldest ; call e2 to oldest ; call e3 to oldest
