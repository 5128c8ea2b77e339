/** What a message of Docker's means that trips people up: plain text, with code in `backticks`. */
export interface ExplanationView {
  readonly id: string;
  readonly title: string;
  /** Two lines at most. */
  readonly text: string;
}

export interface ExplainServerToClient {
  /** A command in one of the terminals has just failed with a known message. */
  explanation: (explanation: ExplanationView) => void;
}
