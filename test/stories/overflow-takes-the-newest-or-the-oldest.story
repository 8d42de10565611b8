# response-group.md §3, overflow: a call that is placed at once does not wait and does not count.

config groups/one serial alice
config queues/strict groups=one overflow=0:newest:disconnect
config groups/two serial bob
config queues/newest groups=two overflow=1:newest:disconnect
config groups/three serial carol
config queues/oldest groups=three overflow=1:oldest:queue:newest
call c1 to strict
----
c1 enters strict
offer o1 c1 -> alice

call c2 to strict
----
c2 enters strict
c2 leaves strict: overflowed after 0s
reject c2 overflowed
c2 over: overflowed

# Nobody waits here, but a missed call would.
after 20s
----
at 20s
withdraw o1 missed
c1 leaves strict: overflowed after 20s
reject c1 overflowed
c1 over: overflowed

call d1 to newest ; call d2 to newest ; call d3 to newest
----
d1 enters newest
offer o2 d1 -> bob
d2 enters newest
d2 waiting in newest
d3 enters newest
d3 leaves newest: overflowed after 0s
reject d3 overflowed
d3 over: overflowed

call e1 to oldest ; call e2 to oldest ; call e3 to oldest
----
e1 enters oldest
offer o3 e1 -> carol
e2 enters oldest
e2 waiting in oldest
e3 enters oldest
e3 waiting in oldest
e2 leaves oldest: overflowed after 0s
e2 enters newest
e2 leaves newest: overflowed after 0s
reject e2 overflowed
e2 over: overflowed
