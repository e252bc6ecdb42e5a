/// What is told to the guard of a connection about the answers that leave it.
enum AnswerEvent: Sendable {
  /// An answer was written to its end.
  case ended
  /// The server's own reader refused what the guard let pass.
  case refusedByReader
}
