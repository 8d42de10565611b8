# Decision 001: each offer of a joiner has its own full alert time; a call that nobody took goes to the next group.

config agents/carol presence=http
config groups/first parallel alice carol agentAlertTime=10s
config groups/second serial dora
config queues/support groups=first,second
call c1 to support

after 6s ; presence carol available

after 4s

after 6s

after 20s
