import StudyModel

@testable import Web

/// Which operations requests came to, of those who asked: what nobody asks as it should be asked is not proven.
struct Reach {
  /// Operations open to somebody of those who asked.
  private(set) var admitted: Set<String> = []
  /// Of which a good request was done.
  private(set) var reached: Set<String> = []
  /// Of which a good request was told something else than that there is no such thing.
  private(set) var answered: Set<String> = []
  /// What good requests of the others were told, by operation.
  private(set) var refused: [String: Set<String>] = [:]

  /// The operations open to somebody.
  static func operations(of person: Person?, _ template: Template) -> Set<String> {
    Set(RouteTable.all.filter(RoleView(person, template).isAdmitted).map(Addresses.name))
  }

  /// Adds what one person came to: what others are told says nothing of an act that is not theirs.
  mutating func add(_ pair: Pair, of person: Person?) {
    let own = Self.operations(of: person, pair.stories.template)
    admitted.formUnion(own)
    reached.formUnion(pair.reached.intersection(own))
    answered.formUnion(pair.answered.intersection(own))
    refused.merge(pair.refused.filter { own.contains($0.key) }) { $0.union($1) }
  }

  /// Of these operations those that were not done, with what was told instead, but for those that are told it rightly.
  func undone(of operations: Set<String>) -> [String] { left(operations, after: reached) }

  /// Of these operations those of which nobody was told anything but that there is no such thing.
  func unanswered(of operations: Set<String>) -> [String] { left(operations, after: answered) }

  private func left(_ operations: Set<String>, after done: Set<String>) -> [String] {
    operations.subtracting(done)
      .filter { !RightRefusals.explain($0, told: refused, reached: done) }.sorted()
      .map { "\($0): \(refused[$0]?.sorted() ?? [])" }
  }
}
