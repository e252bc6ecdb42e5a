import Dispatch
import Foundation

/// Ctrl-C, or another signal, as a request to stop, instead of the end of the process.
struct Interrupt {
  private let sources: [any DispatchSourceSignal]
  private let signals: [Int32]

  init(_ signals: [Int32] = [SIGINT], _ act: @escaping @Sendable () -> Void) {
    self.signals = signals
    sources = signals.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number)
      source.setEventHandler(handler: act)
      source.activate()
      return source
    }
  }

  /// The signals end the process again.
  func forget() {
    for source in sources { source.cancel() }
    for number in signals { signal(number, SIG_DFL) }
  }
}
