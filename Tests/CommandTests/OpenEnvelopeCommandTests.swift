import Foundation
import Randomization
import StudyModel
import Testing

@testable import Conduct

/// A site's file of envelopes and its cards, made without a server.
struct EnvelopeDrawer {
  let scratch: Scratch
  let file: EnvelopeFile
  let path: String
  private let ledger: AllocationLedger

  init() throws {
    let seed = try #require(Seed(secureBytes: Array(repeating: 0x5E, count: 32)))
    let signing = try #require(SigningKey(secureBytes: Array(repeating: 0x21, count: 32)))
    let identity = try #require(LedgerIdentity(Array(repeating: 0xA1, count: 16)))
    let at = "2027-03-01T09:30:00.000Z"
    var ledger = try AllocationLedger(
      opening: AllocationLedger.opening(
        .init(
          ledger: identity, seedCommitment: seed.commitment, key: signing.verifyingKey,
          entropyPlan: "dice"), at: at, by: "u1"), seed: seed)
    let scheme = try Scheme(
      parsing: Array(
        """
        {"arms":[{"id":"KET","ratio":1},{"id":"ECT","ratio":1}],"caps":[],"carry":false,"correct":"keep",\
        "epoch":1,"factors":[{"id":"site","levels":["101"]}],"ledger":"\(identity.hex)",\
        "method":{"type":"simple"},"strata":["site"],"v":1,"void":"keep"}
        """.utf8))
    try ledger.apply(ledger.entry(committingTo: scheme, at: at, by: "u1"), scheme: scheme)
    try ledger.apply(ledger.entry(publicEntropy: [1, 2], source: "dice", at: at, by: "u1"))
    let titles = ["KET": "Ketamine alone", "ECT": "Electroconvulsive therapy"]
    var envelopes: [OfflineEnvelope] = []
    for number in 1...6 {
      let key = try ParticipantKey(parsing: "101-000\(number)")
      let request = try AllocationRequest(
        requestID: Label("r\(number)"), subject: Label(key.text), levels: ["site": "101"])
      try ledger.apply(
        ledger.entry(for: try ledger.draw(request).get(), at: at, by: "u2"))
      let draw = try #require(ledger.allocation(of: Label(key.text)))
      envelopes.append(
        try OfflineEnvelope(
          closing: draw, title: titles[draw.arm.text] ?? "", of: key, in: identity,
          code: try #require(Self.code(key, ledger)), random: SystemRandomSource()))
    }
    self.ledger = ledger
    file = try EnvelopeFile(
      study: "kap-ect", site: SiteKey(parsing: "101"), madeAt: at, ledger: identity,
      envelopes: envelopes, signing: signing)
    scratch = try Scratch()
    path = try scratch.file("101.json", Data(file.bytes)).path
  }

  private static func code(_ key: ParticipantKey, _ ledger: AllocationLedger) -> EnvelopeCode? {
    ledger.envelopeSecret(of: Label(key.text)).flatMap(EnvelopeCode.init(secret:))
  }

  func card(_ key: String) throws -> String {
    try #require(Self.code(try ParticipantKey(parsing: key), ledger)).printed
  }

  func arm(_ key: String) throws -> String {
    try #require(ledger.allocation(of: Label(key))).arm.text
  }
}

@Suite struct OpenEnvelopeCommandTests {
  private func open(
    _ path: String, _ participant: String, typing code: String, key: String? = nil
  ) async throws -> Program.Result {
    try await Program.run(
      ["open-envelope", path, "--participant", participant] + (key.map { ["--key", $0] } ?? []),
      typing: code + "\n")
  }

  @Test func `a card opens one participant's arm without a server, and the proof can be repeated`()
    async throws
  {
    let drawer = try EnvelopeDrawer()
    defer { drawer.scratch.remove() }
    var shown: Set<String> = []
    for number in 1...6 {
      let participant = "101-000\(number)"
      let arm = try drawer.arm(participant)
      shown.insert(arm)
      let result = try await open(
        drawer.path, participant, typing: try drawer.card(participant).lowercased(),
        key: drawer.file.key)
      #expect(result.status == 0)
      #expect(result.output.contains("(arm \(arm))"))
      for other in ["KET", "ECT"] where other != arm {
        #expect(!result.output.contains(other))
      }
      let command = try #require(result.lines.first { $0.hasPrefix("printf") })
      let seal = try #require(result.lines.first { $0.hasPrefix("seal ") })
        .split(separator: " ")[1]
      #expect(try Self.shell(command).contains(seal))
      #expect(!result.errors.contains("Error"))
    }
    #expect(shown == ["KET", "ECT"])
  }

  /// Runs a command as the person who reads it would, and gives what it printed.
  private static func shell(_ command: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }

  @Test func `another participant's card, a slip and no code are told apart from a damaged file`()
    async throws
  {
    let drawer = try EnvelopeDrawer()
    defer { drawer.scratch.remove() }
    let own = try drawer.card("101-0001")
    func expect(
      _ path: String, _ participant: String, _ code: String, key: String? = nil, status: Int32,
      says words: String
    ) async throws {
      let result = try await open(path, participant, typing: code, key: key)
      #expect(result.status == status, "\(words)")
      #expect(result.errors.contains(words), "\(result.errors)")
      #expect(result.errors.contains("Nothing was opened."), "\(words)")
      for secret in ["KET", "ECT", own] {
        #expect(!(result.output + result.errors).contains(secret), "\(words)")
      }
    }
    let path = drawer.path
    try await expect(
      path, "101-0001", drawer.card("101-0002"), status: 4,
      says: "does not open the envelope of 101-0001")
    try await expect(
      path, "101-0002", own, status: 4, says: "does not open the envelope of 101-0002")
    try await expect(path, "101-0001", "", status: 4, says: "A code has 20 letters")
    try await expect(path, "101-0001", "1234", status: 4, says: "A code has 20 letters")
    try await expect(path, "101-0099", own, status: 3, says: "no envelope of 101-0099")
    try await expect(
      path, "101-0001", own, key: String(repeating: "0", count: 64), status: 2,
      says: "signed by another key")
    var damaged = drawer.file.bytes
    damaged[damaged.count / 2] ^= 1
    let broken = try drawer.scratch.file("broken.json", Data(damaged)).path
    try await expect(broken, "101-0001", own, status: 2, says: "not a whole file of envelopes")
    let bundle = try drawer.scratch.file("bundle.json", "{}")
    try await expect(bundle, "101-0001", own, status: 2, says: "not a whole file of envelopes")
  }

  /// Computed apart from this code, with Python's hmac, from Docs/Decisions/0008-offline-envelopes.md.
  @Test(arguments: [
    ("101-0001", "5K0NZ-3F7AC-Y819J-DKVHC"), ("101-0002", "GVK96-3ZMWV-ES9DK-TZ5MK"),
  ])
  func `the code of a card follows from seed, ledger and participant as written down`(
    participant: String, code: String
  ) throws {
    let drawer = try EnvelopeDrawer()
    defer { drawer.scratch.remove() }
    #expect(try drawer.card(participant) == code)
  }

  @Test func `a missing file and a wrong participant key are told in a sentence`() async throws {
    let missing = try await open("nowhere.json", "101-0001", typing: "x")
    #expect(missing.status == 1)
    #expect(missing.errors.contains("There is no file nowhere.json."))
    let wrong = try await open("nowhere.json", "1-1", typing: "x")
    #expect(wrong.status == 64)
    #expect(wrong.errors.contains("--participant takes a participant key such as 101-0001."))
  }
}
