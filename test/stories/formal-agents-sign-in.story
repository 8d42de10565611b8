# response-group.md §1: formal agents ring only while signed in to the group; an informal agent can't sign in or out.

config groups/support serial alice bob policy=formal
config groups/open serial alice
call c1 to support

sign-in alice support

sign-out alice support

sign-out alice open

sign-in alice support

sign-in alice support

sign-in carol support
