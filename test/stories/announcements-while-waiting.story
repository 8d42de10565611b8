# Waiting callers hear their position and the expected wait, and then music again. The wait is known once a call was handled.

config groups/support serial alice
config queues/support groups=support announce=30s:2
config workflows/support queue=support music=jazz
call c1 to support hearing ; accept o1 ; join c1
call c2 to support hearing
call c3 to support hearing
after 30s
----
c1 enters support
offer o1 c1 -> alice
connect c1 o1
c1 leaves support: answered after 0s
c1 talks to alice
c2 enters support
c2 waiting in support with jazz
c3 enters support
c3 waiting in support with jazz
at 30s
c2 hears position-1
c3 hears position-2

heard c2 ; heard c3
----
c2 waiting in support with jazz
c3 waiting in support with jazz

after 10s
end c1
accept o2 ; join c2
----
at 40s
c1 over: answered
offer o2 c2 -> alice
connect c2 o2
c2 leaves support: answered after 40s
c2 talks to alice

# 40 s for the first call, so the first caller waits about a minute.
after 20s
----
at 1m
c3 hears position-1

heard c3
heard c3
----
c3 hears minutes-1
c3 waiting in support with jazz

# Music and announcements continue while a phone rings, and end with the answer.
end c2
after 10s
heard c3
accept o3
----
c2 over: answered
offer o3 c3 -> alice
at 1m10s
ignored promptFinished: it plays no more
connect c3 o3

heard c3
----
ignored promptFinished: it plays no more
