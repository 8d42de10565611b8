/** Why the demo does not start, with the remedy. Shown without a stack trace. */
export class CannotStart extends Error {}
