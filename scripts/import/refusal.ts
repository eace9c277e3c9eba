/** A command cannot begin or go on; the message is for the person who called it. */
export class Refusal extends Error {}
