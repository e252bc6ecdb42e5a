import Testing

@Suite struct ArmTests {
  /// Where an allocated arm may be opened or shown, and why.
  static let mayOpen: [String: String] = [
    "Sources/Conduct/ArmBox.swift": "the form of the box itself",
    "Sources/Conduct/LedgerCheck.swift": "compared with the arm drawn again, and told to nobody",
    "Sources/Conduct/Resealing.swift": "sealed again under the next key",
    "Sources/Conduct/Acknowledging.swift": "the treatment team of the site, after the record",
    "Sources/Conduct/InterimReporting.swift": "the closed report, as letters",
    "Sources/Conduct/Unblinding.swift": "two people, after the hard lock",
    "Sources/Conduct/Disclosing.swift": "one participant, after the record, for an emergency",
    "Sources/Conduct/Envelopes/OfflineEnvelope.swift": "closed again under the participant's code",
    "Sources/Conduct/Envelopes/EnvelopeFile.swift": "opened by who holds file and card",
    "Sources/Conduct/Envelopes/EnvelopeMaking.swift": "closed into the participant's envelope",
    "Sources/equipoise/OpenEnvelopeCommand.swift": "shown to who opened the envelope",
    "Sources/Web/Models/EmergencyPage.swift": "the one page that shows it to the on-call physician",
    "Sources/Web/Routes/APIDisclosureRoutes.swift": "the same for a program of the physician",
    "Sources/Simulation/SimulatedParticipant.swift": "invented people respond by arm",
    "Sources/Web/Routes/AllocationRoutes.swift": "the one page that shows it to the site",
    "Sources/Web/Routes/APIBodies.swift": "its JSON body",
    "Sources/Web/Routes/APITrialRoutes.swift":
      "the same for a program of the site's treatment team",
  ]

  /// The places where a file opens a sealed arm or holds an opened one.
  static func openings(in file: TextFile) -> [String] {
    file.code(
      /\bRevealedArm\b|\bDisclosedArm\b|\bOpenedEnvelope\b|\bArmsOpened\b|\breadArm\(|\.acknowledge\([^)]*\bas:|\.disclose\(|\.arm\.text\b|SecretBox\(.*\)\.arm\(|\bArmBox\.opened\(/
    )
  }

  @Test
  func
    `an allocated arm is opened only by acknowledgement, disclosure, closed report and unblinding`()
    throws
  {
    let faults = try Tree.sources()
      .filter { Self.mayOpen[$0.path] == nil && !$0.path.hasPrefix("Sources/Randomization") }
      .flatMap(Self.openings)
    #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
  }

  @Test(arguments: [
    "let arm = try await installation.readArm(of: key, as: actor)",
    "let arms = ArmsOpened.byParticipant(ledger)", "func show(_ arm: RevealedArm) {}",
    "let arm = try SecretBox(row.box).arm(for: entry)", "func show(_ arm: DisclosedArm) {}",
    "let shown = try await installation.disclose(request, as: actor)",
    "let opened: OpenedEnvelope", "let told = draw.arm.text",
    "let arm = try ArmBox.opened(row.box, ledger: ledger, entry: 3, key: key)",
  ])
  func `an opening anywhere else is found`(_ line: String) {
    #expect(Self.openings(in: TextFile(path: "Sources/Web/Planted.swift", text: line)).count == 1)
  }

  @Test func `nothing but a simulated trial sets the clock of an act`() throws {
    let setters = try Tree.sources()
      .filter { !$0.code(/\bFixedClock\(|\binstallation\.at\(|\boffice\.at\(/).isEmpty }
      .map(\.path)
      .filter { !$0.hasPrefix("Sources/Simulation/") }
    #expect(setters == ["Sources/Conduct/Installation.swift"])
  }
}
