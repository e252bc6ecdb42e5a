import Foundation
import StudyModel
import Testing

@testable import Web

/// How much is asked: `EQUIPOISE_TWO_WORLDS=full` asks for all of it.
enum Extent {
  static let isFull = ProcessInfo.processInfo.environment["EQUIPOISE_TWO_WORLDS"] == "full"
  static var depth: Int { isFull ? 12 : 3 }
}

@Suite(.serialized) struct NonInterferenceTests {
  static let arms = Task {
    try await PairOfStories([Story(seed: "one"), Story(seed: "two")])
  }

  @Test func `the worlds come about by the same acts, all of which take effect`() async throws {
    let stories = try await Self.arms.value
    #expect(stories.refused.isEmpty, "\(stories.refused.joined(separator: "\n"))")
    let differing = stories.arms[0].filter { stories.arms[1][$0.key] != $0.value }
    #expect(differing.count >= 3, "\(stories.arms)")
  }

  @Test func `NI-1: nobody blinded can tell by any answer which arm anybody is in`() async throws {
    let stories = try await Self.arms.value
    let addresses = try await Everybody.gather(stories)
    let begun = Date()
    var asked = 0
    var differences: [Difference] = []
    for person in Everybody.blinded(stories.template) {
      let pair = try stories.pair()
      differences += try await Everybody.sweep(person, pair, addresses)
      asked += pair.asked
      try await pair.drop()
    }
    print("asked", asked, "in", Date().timeIntervalSince(begun))
    for difference in differences.prefix(60) { print(difference) }
    #expect(differences.isEmpty, "\(differences.count)")
  }
}

/// Everybody who asks.
enum Everybody {
  /// Those who may know no arm, with one person of the same role at another site, and nobody at all.
  static func blinded(_ template: Template) -> [Person?] {
    let roles = template.definition.roles.filter {
      $0.blinding == .blinded || $0.blinding == .none
    }.map(\.id.text)
    return template.people.filter { roles.contains($0.role) && $0.username != "rater-3" } + [nil]
  }

  static func unblinded(_ template: Template) -> [Person] {
    let blinded = Set(blinded(template).compactMap { $0?.role })
    return template.people.filter { !blinded.contains($0.role) }
  }

  /// The addresses everybody is led to, so that each can ask for what only others know.
  static func gather(_ stories: PairOfStories) async throws -> Addresses {
    var addresses = Addresses()
    for (form, visit) in [
      ("DM", "SCR"), ("MADRS", "EOT"), ("KDOSE", "K1"), ("ECTTX", "E1"), ("QIDSSR16", "A3"),
      ("CSSRSS", "A2"),
    ] {
      addresses.add("{form}", form)
      addresses.add("{visit}", visit)
    }
    for link in stories.links {
      addresses.add("questionnaires/{link}", link)
      addresses.add("q/{link}", link)
    }
    let pair = try stories.pair()
    for person in stories.template.people {
      var visitor = Visitor(person, in: pair, depth: 4)
      try await visitor.walk(&addresses)
    }
    try await pair.drop()
    return addresses
  }

  /// Everything one person can ask.
  static func sweep(
    _ person: Person?, _ pair: Pair, _ addresses: Addresses
  ) async throws -> [Difference] {
    let role = RoleView(person, pair.stories.template)
    var visitor = Visitor(person, in: pair, depth: Extent.depth)
    var own = addresses
    let links = person == nil ? pair.stories.links.map { "/q/\($0)" } : []
    try await visitor.walk(&own, from: ["/"] + links)
    try await visitor.readEverything(own, role)
    try await visitor.writeEverything(own, role)
    return visitor.differences
  }
}
