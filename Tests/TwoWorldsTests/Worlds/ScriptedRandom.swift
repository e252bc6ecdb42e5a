import Conduct
import Crypto
import Foundation
import Synchronization

/// Bytes that follow from a label and nothing else.
///
/// Every act and every request begins a label of its own, so that what is drawn in it does not
/// depend on what was drawn before: an act that one world has more does not shift the next one.
final class ScriptedRandom: RandomSource {
  private struct State {
    var label = ""
    var drawn = 0
    var secret: (draw: Int, mark: String)?
  }
  private let state = Mutex(State())

  /// Begins an act; `secret` names the one draw in which this world differs from its twin.
  func begin(_ label: String, secret: (draw: Int, mark: String)? = nil) {
    state.withLock { $0 = State(label: label, secret: secret) }
  }

  func bytes(_ count: Int) -> [UInt8] {
    let text = state.withLock { state in
      defer { state.drawn += 1 }
      let mark = state.secret.flatMap { $0.draw == state.drawn ? $0.mark : nil } ?? ""
      return "\(state.label)|\(state.drawn)|\(mark)"
    }
    var bytes: [UInt8] = []
    while bytes.count < count {
      bytes += SHA256.hash(data: Data("\(text)|\(bytes.count)".utf8))
    }
    return Array(bytes.prefix(count))
  }
}
