import Conduct
import Foundation
import ServiceLifecycle
import Synchronization

/// Hands letters to a program that takes a whole letter on its standard input, as sendmail does with -t.
struct MailProgram: LetterCarrier {
  /// Why a letter was not taken; no word of the program's, which might repeat the letter.
  enum Refusal: Error {
    case notStarted, failed, tooSlow
  }

  let path: String
  var patience: Duration = .seconds(60)

  func carry(_ letter: String) async throws {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = ["-t", "-i"]
    let input = Pipe()
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let (ends, end) = AsyncStream.makeStream(of: Int32.self)
    process.terminationHandler = {
      end.yield($0.terminationReason == .exit ? $0.terminationStatus : -1)
      end.finish()
    }
    // Written before anybody reads: a letter is shorter than a pipe holds, and a program that ends without
    // reading cannot break the pipe under the daemon.
    do {
      try input.fileHandleForWriting.write(contentsOf: Data(letter.utf8))
      try input.fileHandleForWriting.close()
      try process.run()
    } catch { throw Refusal.notStarted }
    let number = process.processIdentifier
    let isLate = Atomic(false)
    let watch = Task {
      try await Task.sleep(for: patience)
      isLate.store(true, ordering: .relaxed)
      kill(number, SIGKILL)
    }
    defer { watch.cancel() }
    for await status in ends {
      guard status == 0 else {
        throw isLate.load(ordering: .relaxed) ? Refusal.tooSlow : Refusal.failed
      }
      return
    }
    throw Refusal.failed
  }
}

/// What the server does by itself for letters: every half minute those that wait are handed over.
struct LetterRounds: Service {
  let installation: Installation
  let carrier: any LetterCarrier
  let sender: String
  var pause: Duration = .seconds(30)

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      var isSaid = false
      while true {
        let failed = await installation.sendLetters(by: carrier, from: sender)
        // Said once, and again only after it went well in between.
        if failed > 0, !isSaid {
          say(
            "The mail program did not take \(failed == 1 ? "a letter" : "\(failed) letters"). They are tried again, and the pages of the site say so."
          )
        }
        isSaid = failed > 0
        try await Task.sleep(for: pause)
      }
    }
  }
}
