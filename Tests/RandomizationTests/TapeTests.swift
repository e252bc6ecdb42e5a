import Randomization
import Testing

@Suite struct TapeTests {
  @Test func `a draw from one possibility still consumes a word`() {
    var tape = Tape(entropy: [1], nonce: [2], personalization: [3])
    #expect(tape.uniform(1) == 0)
    #expect(tape.wordsConsumed == 1)
  }
}
