# response-group.md §3: a free agent gets the oldest call that may go to them across all queues; tie: queue name.

config groups/team longestIdle alice
config queues/b groups=team
config queues/a groups=team
call c1 to a
accept o1 ; join c1

call c2 to b ; call c3 to a

after 1s
call c4 to a

end c1

abandon c3

abandon c2
