# After a transfer by the agent, the caller talks to somebody else and the agent is free. After one by the caller, the agent keeps talking.

config agents/alice wrapUp=10s
config groups/support serial alice
config queues/support groups=support
call c1 to support ; accept o1 ; join c1
call c2 to support
----
c1 enters support
offer o1 c1 -> alice
connect c1 o1
c1 leaves support: answered after 0s
c1 talks to alice
c2 enters support
c2 waiting in support

transfer c1 agent
----
c1 transferred by the agent

# The agent has wrap-up, and then the next caller comes.
after 10s
accept o2 ; join c2
----
at 10s
offer o2 c2 -> alice
connect c2 o2
c2 leaves support: answered after 10s
c2 talks to alice

end c1
----
c1 over: answered

call c3 to support
transfer c2 caller
----
c3 enters support
c3 waiting in support
c2 transferred by the caller

# The agent is busy until that call ends, and then in wrap-up.
after 1m
end c2 agentHungUp
after 10s
----
at 1m10s
c2 over: answered
at 1m20s
offer o3 c3 -> alice

# A call without an agent can't be transferred.
transfer c3 agent
----
ignored callTransferred: the call is not joined
