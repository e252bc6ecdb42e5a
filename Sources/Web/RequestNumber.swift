import Conduct
import Crypto

/// The number of a request, which a refusal and the log name, and people can name to support.
///
/// It is drawn and not counted on: a count would tell everybody how often others are refused.
struct RequestNumber: Sendable {
  let text: String

  /// That of the request under way.
  @TaskLocal static var current: RequestNumber?

  init(_ random: any RandomSource) { text = Hex.text(random.bytes(8)) }
}
