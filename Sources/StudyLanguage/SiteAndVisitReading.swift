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
        may: ["cap"])
    else { return nil }
    let key = name(keyed, "key", SiteKey.self)
    let title = text(keyed, "title")
    let country = text(keyed, "country")
    if let country, let node = keyed.entries["country"],
      country.utf8.count != 2 || !country.utf8.allSatisfy({ (0x41...0x5A).contains($0) })
    {
      report("“\(country)” is not a country code of two capitals such as DE.", at: Place(node))
    }
    let zone = text(keyed, "zone")
    if let zone, let node = keyed.entries["zone"] {
      do throws(ParseFault) {
        _ = try SiteClock(zone: zone)
      } catch {
        report(error.sentence, at: Place(node))
      }
    }
    let contact = text(keyed, "emergency_contact")
    let cap = integer(keyed, "cap", in: 1...100_000)
    guard let key, let title, let country, let zone, let contact else { return nil }
    return SiteDefinition(
      key: key, title: title, country: country, timeZone: zone, cap: cap,
      emergencyContact: contact)
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
        node, "a visit", needs: ["code", "title", "place"], may: ["day", "window", "class"])
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
    guard let code, let title, let place, let dataClass else { return nil }
    return Visit(
      code: code, title: title, targetDay: day, window: window, place: place,
      dataClass: dataClass)
  }

  // Day 0 belongs to baseline and to randomization alike; further on, a date has one visit.
  private mutating func checkWindow(of visit: Visit, after earlier: [Visit], _ node: Node) {
    guard let window = visit.window else { return }
    for other in earlier {
      guard let before = other.window, before.upperBound > 0, window.overlaps(before) else {
        continue
      }
      report("the windows of “\(other.code)” and “\(visit.code)” overlap.", at: Place(node))
    }
  }
}
