public import StudyModel

/// Why a definition has no spelling in the definition language.
public struct UnwritableDefinition: Error, Hashable, Sendable, CustomStringConvertible {
  /// What cannot be written, as a sentence.
  public let sentence: String

  /// The sentence.
  public var description: String { sentence }
}

extension StudyDefinition {
  /// The definition as text that `StudyDefinition(yaml:)` reads as the same definition.
  public func yaml() throws(UnwritableDefinition) -> String {
    var writer = DefinitionWriter()
    let text = writer.study(self).lines().joined(separator: "\n") + "\n"
    if let sentence = writer.unwritable { throw UnwritableDefinition(sentence: sentence) }
    return text
  }
}

/// Writes the parts of a definition, each under the keys its reader knows.
struct DefinitionWriter {
  /// The first thing that has no spelling.
  private(set) var unwritable: String?

  mutating func study(_ study: StudyDefinition) -> YAMLText {
    var identity = YAMLKeys()
    identity.add("key", text: study.key)
    identity.add("protocol", text: study.protocolNumber)
    identity.add("version", text: study.version)
    identity.add("title", text: study.title)
    identity.add("sponsor_contact", text: study.sponsorContact)
    identity.add("zone", text: study.sponsorZone)
    var keys = YAMLKeys()
    keys.add("study", identity.onLines)
    keys.add("arms", .list(study.arms.map { Self.arm($0) }))
    keys.add("roles", .list(study.roles.map { Self.role($0) }))
    keys.add("incompatible_roles", .list(Self.incompatibilities(study.incompatibleRoles)))
    keys.add("ever_unblinded_excludes_blinded", truth: study.everUnblindedExcludesBlinded)
    keys.add("sites", .list(study.sites.map { Self.site($0) }))
    keys.add("visits", .list(study.visits.map { Self.visit($0) }))
    keys.add("instruments", .list(each(study.instruments) { $0.instrument($1) }))
    keys.add("forms", .list(each(study.forms) { $0.form($1) }))
    keys.add("randomization", randomization(study.randomization))
    keys.add("primary_endpoint", study.primaryEndpoint.map { Self.endpoint($0) })
    keys.add("analysis", study.analysis.map { analysis($0) })
    keys.add("hypotheses", .list(study.hypotheses.map { Self.hypothesis($0) }))
    keys.add("sample_size", study.sampleSize.map { Self.sampleSize($0) })
    keys.add("interim", study.interim.map { Self.interim($0) })
    keys.add("lock", Self.lock(study.lock))
    keys.add(
      "texts",
      .list(
        study.texts.map { text in
          var keys = YAMLKeys()
          keys.add("id", text: text.id)
          keys.add("text", text: text.text)
          return keys.onOneLine
        }))
    conduct(of: study, &keys)
    analysis(of: study, &keys)
    return keys.onLines
  }

  /// A list under a key, left out when empty.
  mutating func add<Item>(
    _ key: String, _ items: [Item], to keys: inout YAMLKeys,
    _ write: (inout DefinitionWriter, Item) -> YAMLText
  ) {
    if !items.isEmpty { keys.add(key, .list(each(items, write))) }
  }

  mutating func each<Item>(
    _ items: [Item], _ write: (inout DefinitionWriter, Item) -> YAMLText
  ) -> [YAMLText] {
    var written: [YAMLText] = []
    for item in items { written.append(write(&self, item)) }
    return written
  }

  mutating func formula(_ formula: Formula, _ place: String) -> YAMLText {
    if let text = formula.text { return .text(text) }
    refuse("The formula of \(place) holds a value the definition language cannot spell.")
    return .text("missing")
  }

  /// Notes that something has no spelling; only the first is told.
  mutating func refuse(_ sentence: String) { unwritable = unwritable ?? sentence }

  // MARK: People and places

  private static func arm(_ arm: Arm) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("code", text: arm.code.text)
    keys.add("title", text: arm.title)
    keys.add("ratio", number: arm.ratio)
    return keys.onOneLine
  }

  private static func role(_ role: Role) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("id", text: role.id.text)
    keys.add("title", text: role.title)
    keys.add("blinding", text: role.blinding.rawValue)
    keys.add("scope", text: role.scope.rawValue)
    keys.add("classes", texts: role.classes.sorted().map(\.rawValue))
    keys.add("own_entries_only", texts: role.ownEntriesOnly.sorted().map(\.rawValue))
    keys.add(
      "capabilities",
      .list(Capability.allCases.filter(role.can).map { .text($0.rawValue) }))
    if role.isNeededAtSites { keys.add("needed_at_sites", truth: true) }
    if role.isTimeLimited { keys.add("time_limited", truth: true) }
    keys.add("purpose", text: role.purpose)
    return keys.onLines
  }

  private static func incompatibilities(_ pairs: Set<RolePair>) -> [YAMLText] {
    let firsts = Dictionary(grouping: pairs, by: \.first)
    return firsts.keys.sorted().map { first in
      var keys = YAMLKeys()
      keys.add("roles", texts: [first.text])
      keys.add("with", texts: (firsts[first] ?? []).map(\.second).sorted().map(\.text))
      return keys.onOneLine
    }
  }

  private static func site(_ site: SiteDefinition) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("key", text: site.key.text)
    keys.add("title", text: site.title)
    keys.add("country", text: site.country)
    keys.add("zone", text: site.timeZone)
    keys.add("emergency_contact", text: site.emergencyContact)
    keys.add("cap", number: site.cap)
    if !site.consentVersions.isEmpty {
      let versions = site.consentVersions.sorted { $0.key < $1.key }
        .map { ($0.key, YAMLText.text($0.value.description)) }
      keys.add("consent_versions", .mapping(versions, onOneLine: true))
    }
    return keys.onOneLine
  }

  private static func visit(_ visit: Visit) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("code", text: visit.code.text)
    keys.add("title", text: visit.title)
    keys.add("day", number: visit.targetDay)
    keys.add("window", visit.window.map { span($0) })
    keys.add("place", text: visit.place)
    if visit.dataClass != .open { keys.add("class", text: visit.dataClass.rawValue) }
    keys.add("arms", texts: visit.arms.map(\.text))
    keys.add(
      "after",
      visit.after.map { distance in
        var keys = YAMLKeys()
        keys.add("visit", text: distance.visit.text)
        keys.add("days", span(distance.days))
        return keys.onOneLine
      })
    keys.add("latest_day", number: visit.latestDay)
    return keys.onOneLine
  }

  static func span(_ range: ClosedRange<Int>) -> YAMLText {
    .list([.plain(String(range.lowerBound)), .plain(String(range.upperBound))])
  }

  static func span(_ range: ClosedRange<ExactNumber>) -> YAMLText {
    .list([.plain(range.lowerBound.description), .plain(range.upperBound.description)])
  }
}
