# response-group.md §3: a free agent gets the oldest call that may go to them, across all queues. Ties go by queue name.

config groups/team longestIdle alice
config queues/b groups=team
config queues/a groups=team
call c1 to a
accept o1 ; join c1
----
c1 enters a
offer o1 c1 -> alice
connect c1 o1
c1 leaves a: answered after 0s
c1 talks to alice

call c2 to b ; call c3 to a
----
c2 enters b
c2 waiting in b
c3 enters a
c3 waiting in a

after 1s
call c4 to a
----
at 1s
c4 enters a
c4 waiting in a

end c1
----
c1 over: answered
offer o2 c3 -> alice

abandon c3
----
withdraw o2 withdrawn
c3 leaves a: abandoned after 1s
c3 over: abandoned
offer o3 c2 -> alice

abandon c2
----
withdraw o3 withdrawn
c2 leaves b: abandoned after 1s
c2 over: abandoned
offer o4 c4 -> alice
