import Store
public import StudyModel

/// The questions of a form about the stock of a site that tell where a kit is.
enum StockField: String {
  case kit, received, expiry, dispensed, returned, destroyed
}

/// The kits of a site by where they are, counted from its accountability form.
public struct SiteStock: Sendable, Equatable {
  /// A kit of the stock expires soon within so many days.
  public static let soon = 30

  /// Every kit that was received.
  public let received: Int
  /// Kits that are there and may be used.
  public let usable: Int
  /// Those of them that expire within `soon` days.
  public let expiringSoon: Int
  /// Kits that are there and expired.
  public let expired: Int
  /// Kits that were dispensed.
  public let dispensed: Int
  /// Kits that were returned.
  public let returned: Int
  /// Kits that were destroyed.
  public let destroyed: Int

  /// Kits that are there, expired ones included.
  public var present: Int { usable + expired }

  /// Counts the kits of entries that were handed in; nil where the form keeps no stock.
  init?(_ form: Form, _ entries: [ReadEntry], on today: CalendarDate) {
    guard form.subject == .site,
      let kit = try? FieldID(parsing: StockField.kit.rawValue), form.field(kit) != nil,
      let receipt = try? FieldID(parsing: StockField.received.rawValue), form.field(receipt) != nil
    else { return nil }
    var counts: [StockField: Int] = [:]
    var (usable, soon, expired) = (0, 0, 0)
    var received = 0
    for entry in entries where entry.isSubmitted && entry.status != EntryStatus.voided.rawValue {
      func day(_ name: StockField) -> CalendarDate? {
        entry.answers.first { $0.key.text == name.rawValue }?.value.text
          .flatMap { try? CalendarDate(parsing: $0) }
      }
      func happened(_ name: StockField) -> Bool { day(name).map { $0 <= today } ?? false }
      guard happened(.received) else { continue }
      received += 1
      if let last = [StockField.destroyed, .returned, .dispensed].first(where: happened) {
        counts[last, default: 0] += 1
        continue
      }
      guard let expiry = day(.expiry) else {
        usable += 1
        continue
      }
      if expiry < today {
        expired += 1
      } else {
        usable += 1
        if expiry <= today.advanced(by: Self.soon) { soon += 1 }
      }
    }
    self.received = received
    self.usable = usable
    expiringSoon = soon
    self.expired = expired
    dispensed = counts[.dispensed] ?? 0
    returned = counts[.returned] ?? 0
    destroyed = counts[.destroyed] ?? 0
  }
}

/// A form about a site with how much was entered there.
public struct SiteFormState: Sendable {
  /// The site.
  public let site: SiteKey
  /// The form.
  public let form: Form
  /// How many entries there are, voided ones left out.
  public let entries: Int
  /// The instant of the last save, nil before the first.
  public let savedAt: UTCInstant?
}

extension Installation {
  /// The forms about sites in reach, those of one site together; not found for who reads none.
  public func siteForms(as actor: Actor) async throws -> [SiteFormState] {
    let actor = try await knowingEveryVersion(actor)
    let forms = actor.definition.siteForms.filter { actor.reads($0) }
    guard !forms.isEmpty else { throw ActRefusal.notFound }
    let trial = actor.trial.id
    let sites = actor.definition.sites.map(\.key).filter {
      actor.sites == .all || actor.sites == .site($0)
    }
    return try await session(actor) { session in
      try sites.flatMap { site in
        let classes = Set(forms.map(\.dataClass))
        let entries = try classes.flatMap { try session.entries(of: site, in: $0, trial: trial) }
        return forms.map { form in
          let own = entries.filter {
            $0.form == form.id.text && $0.status != EntryStatus.voided.rawValue
          }
          return SiteFormState(
            site: site, form: form, entries: own.count, savedAt: own.map(\.enteredAt).max())
        }
      }
    }
  }

  /// The stock of a site as its form tells it; not found for a form that keeps none.
  public func stock(
    of form: FormID, at site: SiteKey, as actor: Actor
  ) async throws -> SiteStock {
    let found = try await repeats(of: form, at: .site, site, as: actor)
    guard let stock = try await stock(of: found.form, found.entries, at: site, as: actor) else {
      throw ActRefusal.notFound
    }
    return stock
  }

  /// The stock counted from entries that were read; nil where the form keeps none.
  public func stock(
    of form: Form, _ entries: [ReadEntry], at site: SiteKey, as actor: Actor
  ) async throws -> SiteStock? {
    let wall = try await wallClock(of: site, in: actor.trial)
    return SiteStock(form, entries, on: wall.date(at: clock.now))
  }
}

extension Actor {
  /// Whether this role reads a form about a site, and whether it writes one.
  public var siteFormUse: FormUse {
    let forms = definition.siteForms
    if forms.contains(where: writes) { return .writes }
    return forms.contains(where: reads) ? .reads : .none
  }
}

/// What a role does with some forms.
public enum FormUse: Sendable {
  case none, reads, writes
}
