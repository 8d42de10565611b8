/** Why the demo does not start, with the remedy. It is shown without a stack. */
export class CannotStart extends Error {}
