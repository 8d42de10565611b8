# response-group.md §4: closed hours and holidays may lead to a queue, for example of another office. 2027-01-15 is a Friday.

config groups/day serial alice
config groups/night serial bob
config queues/day groups=day
config queues/night groups=night
config workflows/support queue=day zone=UTC hours=fri@09:00-18:00 closed=we-are-closed>queue:night holidays=2027-01-16T00:00..2027-01-17T00:00 holiday=queue:night
clock 2027-01-15T08:59:59Z
call c1 to support hearing
----
c1 hears we-are-closed

heard c1
----
c1 enters night
c1 waiting in night
offer o1 c1 -> bob

abandon c1
----
withdraw o1 withdrawn
c1 leaves night: abandoned after 0s
c1 over: abandoned

clock 2027-01-15T09:00Z
call c2 to support
abandon c2
----
c2 enters day
offer o2 c2 -> alice
withdraw o2 withdrawn
c2 leaves day: abandoned after 0s
c2 over: abandoned

clock 2027-01-16T10:00Z
call c3 to support
----
c3 enters night
offer o3 c3 -> bob
