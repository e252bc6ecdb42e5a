import ArgumentParser
import Conduct
import Foundation
import StudyModel

/// Opens one participant's envelope with no server, no database and no network.
struct OpenEnvelopeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open-envelope",
    abstract: "Opens one participant's offline envelope, for an emergency without a server.",
    discussion: """
      The code is read from the keyboard or from standard input, never from the command line, \
      which others could see. It opens the envelope of this one participant and no other. Enter \
      the opening on the server as soon as it answers again.

      Status 0 when the arm is shown, 2 when the file is damaged or of another ledger, 3 when it \
      holds no envelope of the participant, 4 when the code does not open it, 5 when what is \
      inside does not fit the ledger's seal.
      """)

  @Argument(
    help: "The site's file of envelopes.", completion: .file(extensions: ["json"]))
  var file: String

  @Option(help: "The participant key on the card, such as 101-0001.") var participant: String

  @Option(help: "The key the file must be signed by, as printed on the card.")
  var key: String?

  func run() throws {
    let participant = try key(of: participant)
    do {
      let envelopes = try EnvelopeFile(reading: [UInt8](try InputFile(file).bytes))
      if let key, key.lowercased() != envelopes.key { throw EnvelopeRefusal.otherLedger }
      guard envelopes.holds(participant) else { throw EnvelopeRefusal.noEnvelope(participant) }
      guard let code = EnvelopeCode(typed: Self.typedCode(for: participant)) else {
        throw EnvelopeRefusal.notACode
      }
      show(try envelopes.open(participant, code: code), from: envelopes)
    } catch let refusal as EnvelopeRefusal {
      FileHandle.standardError.write(Data("Error: \(refusal.description)\n".utf8))
      throw ExitCode(refusal.status)
    }
  }

  private func key(of text: String) throws -> ParticipantKey {
    guard let key = try? ParticipantKey(parsing: text) else {
      throw ValidationError("--participant takes a participant key such as 101-0001.")
    }
    return key
  }

  private static func typedCode(for participant: ParticipantKey) -> String {
    FileHandle.standardError.write(Data("Code on the card of \(participant): ".utf8))
    return readLine() ?? ""
  }

  private func show(_ opened: OpenedEnvelope, from file: EnvelopeFile) {
    print(
      """
      \(opened.participant), study \(TerminalText.plain(file.study)), site \(file.site)
      Allocated to: \(TerminalText.plain(opened.title)) (arm \(TerminalText.plain(opened.arm)))

      The seal key fits the seal of ledger entry \(opened.entry):
        seal      \(opened.seal)
        seal key  \(opened.sealKey)
        signed by \(file.key)\(key == nil ? "  (compare with the card)" : "")
      To repeat it:
        printf %s 'arm/v1\(TerminalText.plain(opened.arm))' | openssl dgst -sha256 -mac HMAC -macopt hexkey:\(opened.sealKey)

      Tell the arm to those who treat this participant now and to nobody else. Write down who opened
      the envelope, when and why, and enter it under Envelopes when the server answers again.
      """)
  }
}

extension EnvelopeRefusal {
  /// The status the command ends with.
  var status: Int32 {
    switch self {
    case .damaged, .otherLedger: 2
    case .noEnvelope: 3
    case .notACode, .wrongCode: 4
    case .sealDoesNotFit: 5
    case .notClosed: 1
    }
  }
}
