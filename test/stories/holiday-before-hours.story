# response-group.md §4: holidays are checked before the hours. Their end is excluded. 2027-12-24 is a Friday.

config groups/support serial alice
config queues/support groups=support
config workflows/support queue=support zone=Europe/Berlin hours=mon-fri@09:00-18:00 holidays=2027-12-24T13:00..2027-12-27T00:00 holiday=merry-christmas>disconnect
clock 2027-12-24T11:59:59Z
call c1 to support
abandon c1
----
c1 enters support
offer o1 c1 -> alice
withdraw o1 withdrawn
c1 leaves support: abandoned after 0s
c1 over: abandoned

clock 2027-12-24T12:00Z
call c2 to support hearing
----
c2 hears merry-christmas

heard c2
----
reject c2 holiday
c2 over: holiday

clock 2027-12-26T22:59:59Z
call c3 to support
----
reject c3 holiday
c3 over: holiday

# Monday has begun and is not a holiday.
clock 2027-12-26T23:00Z
call c4 to support
----
reject c4 closed
c4 over: closed

clock 2027-12-27T08:00Z
call c5 to support
----
c5 enters support
offer o2 c5 -> alice
