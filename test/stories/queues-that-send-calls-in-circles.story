# response-group.md §3: a call that passed ten queues is disconnected.

config groups/a serial alice
config groups/b serial bob
config queues/a groups=a overflow=0:newest:queue:b
config queues/b groups=b overflow=0:newest:queue:a
call c1 to a ; accept o1 ; call c2 to b ; accept o2
----
c1 enters a
offer o1 c1 -> alice
connect c1 o1
c2 enters b
offer o2 c2 -> bob
connect c2 o2

call c3 to a
----
c3 enters a
c3 leaves a: overflowed after 0s
c3 enters b
c3 leaves b: overflowed after 0s
c3 enters a
c3 leaves a: overflowed after 0s
c3 enters b
c3 leaves b: overflowed after 0s
c3 enters a
c3 leaves a: overflowed after 0s
c3 enters b
c3 leaves b: overflowed after 0s
c3 enters a
c3 leaves a: overflowed after 0s
c3 enters b
c3 leaves b: overflowed after 0s
c3 enters a
c3 leaves a: overflowed after 0s
c3 enters b
c3 leaves b: overflowed after 0s
reject c3 looped
c3 over: looped
