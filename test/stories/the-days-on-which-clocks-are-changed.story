# Hours follow local time. Berlin skips 02:00 to 03:00 on 2027-03-28, and has it twice on 2027-10-31. Both are Sundays.

config groups/night serial alice
config queues/night groups=night
config workflows/early queue=night zone=Europe/Berlin hours=sun@00:00-02:30
config workflows/late queue=night zone=Europe/Berlin hours=sun@02:30-06:00
clock 2027-03-28T00:59:59Z
call a1 to early ; call a2 to late
----
a1 enters night
offer o1 a1 -> alice
reject a2 closed
a2 over: closed

# Two o'clock becomes three, so half past two both comes and is over at once.
abandon a1
clock 2027-03-28T01:00Z
call a3 to early ; call a4 to late
----
withdraw o1 withdrawn
a1 leaves night: abandoned after 0s
a1 over: abandoned
reject a3 closed
a3 over: closed
a4 enters night
offer o2 a4 -> alice

# Half past two comes in summer time and again in winter time: hours begin at the first and end at the last.
abandon a4
clock 2027-10-31T00:29:59Z
call b1 to early ; call b2 to late
----
withdraw o2 withdrawn
a4 leaves night: abandoned after 0s
a4 over: abandoned
b1 enters night
offer o3 b1 -> alice
reject b2 closed
b2 over: closed

abandon b1
clock 2027-10-31T00:30Z
call b3 to early ; call b4 to late
----
withdraw o3 withdrawn
b1 leaves night: abandoned after 0s
b1 over: abandoned
b3 enters night
offer o4 b3 -> alice
b4 enters night
b4 waiting in night

abandon b3 ; abandon b4
clock 2027-10-31T01:29Z
call b5 to early ; call b6 to late
----
withdraw o4 withdrawn
b3 leaves night: abandoned after 0s
b3 over: abandoned
offer o5 b4 -> alice
withdraw o5 withdrawn
b4 leaves night: abandoned after 0s
b4 over: abandoned
b5 enters night
offer o6 b5 -> alice
b6 enters night
b6 waiting in night
