# response-group.md §1: formal agents ring only while signed in to the group; an informal agent can't sign in or out.

config groups/support serial alice bob policy=formal
config groups/open serial alice
call c1 to support
----
c1 enters support
c1 waiting in support

sign-in alice support
----
alice signed in to support
offer o1 c1 -> alice   (bob: notSignedIn)

sign-out alice support
----
alice signed out of support
withdraw o1 withdrawn

sign-out alice open
----
ignored signedOut: open is informal

sign-in alice support
----
alice signed in to support
offer o2 c1 -> alice   (bob: notSignedIn)

sign-in alice support
----
ignored signedIn: signed in already

sign-in carol support
----
ignored signedIn: sip:carol@example.com is not an agent of this config
