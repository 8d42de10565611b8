# config-or-nothing: ringing goes on where it may; waiting calls are looked at under the new rules, and keep their place.

config groups/support serial alice
config queues/support groups=support
call c1 to support ; call c2 to support

config groups/support serial alice bob
config queues/support groups=support timeout=1m:disconnect
after 50s
reload

config groups/other serial carol
config queues/other groups=other
config workflows/support queue=other
reload

accept o5 ; join c1

config groups/another serial dora
config queues/another groups=another
reload

end c1
