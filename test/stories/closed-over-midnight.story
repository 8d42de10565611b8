# response-group.md §4, hours: ranges may cross midnight. 2027-01-16 is a Saturday; Berlin is an hour before UTC.

config groups/support serial alice
config queues/support groups=support
config workflows/support queue=support zone=Europe/Berlin hours=mon-fri@09:00-12:30,mon-fri@13:30-18:00,sat@22:00-02:00 closed=we-are-closed>voicemail:sip:vm@example.com
clock 2027-01-16T20:59:59Z
call c1 to support hearing
----
c1 hears we-are-closed

heard c1
----
c1 waiting
forward c1 voicemail sip:vm@example.com

# A caller who can't hear us goes there at once.
call c2 to support
----
forward c2 voicemail sip:vm@example.com

clock 2027-01-16T21:00Z
call c3 to support
abandon c3
----
c3 enters support
offer o1 c3 -> alice
withdraw o1 withdrawn
c3 leaves support: abandoned after 0s
c3 over: abandoned

clock 2027-01-17T00:59:59Z
call c4 to support
abandon c4
----
c4 enters support
offer o2 c4 -> alice
withdraw o2 withdrawn
c4 leaves support: abandoned after 0s
c4 over: abandoned

# Two o'clock on Sunday morning in Berlin.
clock 2027-01-17T01:00Z
call c5 to support
----
forward c5 voicemail sip:vm@example.com

# Lunch on Monday.
clock 2027-01-18T11:29:59Z
call c6 to support
abandon c6
----
c6 enters support
offer o3 c6 -> alice
withdraw o3 withdrawn
c6 leaves support: abandoned after 0s
c6 over: abandoned

clock 2027-01-18T11:30Z
call c7 to support
----
forward c7 voicemail sip:vm@example.com
