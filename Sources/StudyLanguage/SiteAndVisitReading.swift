import StudyModel
import Yams

extension DefinitionReader {
  mutating func arm(_ node: Node) -> Arm? {
    guard let keyed = keyed(node, "an arm", needs: ["code", "title"], may: ["ratio"]) else {
      return nil
    }
    let code = name(keyed, "code", ArmCode.self)
    let title = text(keyed, "title")
    let ratio = keyed.entries["ratio"] == nil ? 1 : integer(keyed, "ratio", in: 1...100)
    guard let code, let title, let ratio else { return nil }
    return Arm(code: code, title: title, ratio: ratio)
  }

  mutating func site(_ node: Node) -> SiteDefinition? {
    guard
      let keyed = keyed(
        node, "a site", needs: ["key", "title", "country", "zone", "emergency_contact"],
        may: ["cap", "consent_versions"])
    else { return nil }
    let key = name(keyed, "key", SiteKey.self)
    let title = text(keyed, "title")
    let country = text(keyed, "country")
    if let country, let node = keyed.entries["country"],
      country.utf8.count != 2 || !country.utf8.allSatisfy({ (0x41...0x5A).contains($0) })
    {
      report("“\(country)” is not a country code of two capitals such as DE.", at: Place(node))
    }
    let zone = self.zone(keyed)
    let contact = text(keyed, "emergency_contact")
    let cap = integer(keyed, "cap", in: 1...100_000)
    guard let key, let title, let country, let zone, let contact else { return nil }
    return SiteDefinition(
      key: key, title: title, country: country, timeZone: zone, cap: cap,
      emergencyContact: contact, consentVersions: consentVersions(keyed))
  }

  /// The time zone under the key `zone`, which must be a place with a clock.
  mutating func zone(_ keyed: KeyedNode) -> String? {
    guard let node = keyed.entries["zone"], let zone = text(keyed, "zone") else { return nil }
    do throws(ParseFault) {
      _ = try SiteClock(zone: zone)
    } catch {
      report(error.sentence, at: Place(node))
    }
    return zone
  }

  private mutating func consentVersions(_ keyed: KeyedNode) -> [String: CalendarDate] {
    var versions: [String: CalendarDate] = [:]
    guard let node = keyed.entries["consent_versions"] else { return versions }
    guard let mapping = node.mapping else {
      report(
        "“consent_versions” of a site gives each version the first date of its use.",
        at: Place(node))
      return versions
    }
    for (key, value) in mapping {
      guard let version = text(key, "a version"), let written = text(value, "a date") else {
        continue
      }
      do throws(ParseFault) {
        versions[version] = try CalendarDate(parsing: written)
      } catch {
        report(error.sentence, at: Place(value))
      }
    }
    return versions
  }

  mutating func visits(_ keyed: KeyedNode) -> [Visit] {
    var earlier: [Visit] = []
    return list(keyed, "visits") { reader, node in
      guard let visit = reader.visit(node) else { return nil }
      reader.checkWindow(of: visit, after: earlier, node)
      earlier.append(visit)
      return visit
    }
  }

  private mutating func visit(_ node: Node) -> Visit? {
    guard
      let keyed = keyed(
        node, "a visit", needs: ["code", "title", "place"],
        may: ["day", "window", "class", "arms", "after", "latest_day"])
    else { return nil }
    let code = name(keyed, "code", VisitCode.self)
    let title = text(keyed, "title")
    let place = text(keyed, "place")
    let day = integer(keyed, "day", in: -1000...10_000)
    let window = span(keyed, "window")
    let dataClass =
      keyed.entries["class"] == nil ? DataClass.open : choice(keyed, "class", DataClass.self)
    if (keyed.entries["day"] == nil) != (keyed.entries["window"] == nil) {
      report("a visit has both “day” and “window”, or neither.", at: keyed.place)
    }
    if let day, let window, !window.contains(day) {
      report("the target day \(day) lies outside the window.", at: keyed.place)
    }
    let arms = knownList(keyed, "arms", .arm, ArmCode.self)
    if !arms.isEmpty, dataClass.map({ $0 < .treatment }) ?? false {
      report(
        "a visit of some arms only tells the arm; it needs the class “treatment”.", at: keyed.place)
    }
    let after = keyed.entries["after"].flatMap { distance($0) }
    let latest = integer(keyed, "latest_day", in: -1000...10_000)
    if let latest, let window, latest < window.lowerBound {
      report("“latest_day” lies before the window.", at: keyed.place)
    }
    guard let code, let title, let place, let dataClass else { return nil }
    return Visit(
      code: code, title: title, targetDay: day, window: window, place: place,
      dataClass: dataClass, arms: arms, after: after, latestDay: latest)
  }

  private mutating func distance(_ node: Node) -> VisitDistance? {
    guard let keyed = keyed(node, "a distance", needs: ["visit", "days"]) else { return nil }
    let visit = known(keyed, "visit", .visit, VisitCode.self)
    guard let visit, let days = span(keyed, "days") else { return nil }
    return VisitDistance(visit: visit, days: days)
  }

  // Day 0 belongs to baseline and to randomization alike; further on, a date has one visit.
  private mutating func checkWindow(of visit: Visit, after earlier: [Visit], _ node: Node) {
    if let after = visit.after, !earlier.contains(where: { $0.code == after.visit }),
      names.contains(after.visit.text, .visit)
    {
      report("“\(visit.code)” follows “\(after.visit)”, which stands below it.", at: Place(node))
    }
    // Treatment visits of different arms, or at a distance from each other, share days.
    guard let window = visit.window, visit.dataClass == .open else { return }
    for other in earlier where other.dataClass == .open {
      guard let before = other.window, before.upperBound > 0, window.overlaps(before) else {
        continue
      }
      report("the windows of “\(other.code)” and “\(visit.code)” overlap.", at: Place(node))
    }
  }
}
