# Transferred by the agent, the caller talks on with somebody else, and the agent is free; by the caller, the agent talks on.

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

# Wrap-up is the agent's, and then the next caller comes.
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

# The agent is held until that call ends, and in wrap-up then.
after 1m
end c2 agentHungUp
after 10s
----
at 1m10s
c2 over: answered
at 1m20s
offer o3 c3 -> alice

# One who has no agent can't be transferred.
transfer c3 agent
----
ignored callTransferred: the call is not joined
