import Dispatch
import Foundation

/// Ctrl-C as a request to stop, instead of the end of the process.
struct Interrupt {
  private let source: any DispatchSourceSignal

  init(_ act: @escaping @Sendable () -> Void) {
    signal(SIGINT, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: SIGINT)
    source.setEventHandler(handler: act)
    source.activate()
  }

  /// Ctrl-C ends the process again.
  func forget() {
    source.cancel()
    signal(SIGINT, SIG_DFL)
  }
}
