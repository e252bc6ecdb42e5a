import Conduct
import Pages
import Pictures
import StudyModel

/// The forms about sites.
enum SiteFormPages {
  static func list(_ call: Call) async throws -> WorkListModel {
    let actor = try call.actor
    let found = try await call.installation.siteForms(as: actor)
    return WorkListModel(
      frame: call.site.frame(for: call), title: "Site forms",
      lead: "What is entered about a site as a whole, and not about a participant",
      nothing: "There is no site yet.", columns: ["Form", "Entries", "Last saved"],
      rows: try found.map { state in
        let place = EntryPlace(state.site, state.form.id, .site)
        let clock = try actor.definition.clock(of: state.site)
        return WorkListRow(
          participant: Link(
            text: state.site.text, href: address(place, state.form), context: state.form.title),
          texts: [
            state.form.title, String(state.entries),
            state.savedAt.map { Times.full($0, clock.zoneName) } ?? "",
          ], chip: state.entries == 0 ? .state(.calm, "empty") : .state(.good, "in use"),
          act: Link(
            text: "Open", href: address(place, state.form),
            context: "\(state.form.title) of \(state.site)"))
      }, firstColumn: "Site")
  }

  private static func address(_ place: EntryPlace, _ form: Form) -> String {
    form.isRepeating ? place.listAddress : place.address()
  }
}

extension SiteStock {
  /// The kits as a picture: what is there, what is pressing, what is gone.
  var picture: StockPicture {
    let kits = { (count: Int) in count == 1 ? "1 kit" : "\(count) kits" }
    var finding =
      usable == 0
      ? "No kit is there to be used." : "\(kits(usable)) can be used."
    if expired > 0 {
      finding += " \(kits(expired)) expired and still there."
    } else if expiringSoon > 0 {
      finding += " \(kits(expiringSoon)) expire within \(Self.soon) days."
    }
    var rows = [StockPicture.Row(label: "To be used", count: usable, kind: .usable)]
    if expiringSoon > 0 {
      rows.append(
        StockPicture.Row(label: "of them, soon out", count: expiringSoon, kind: .pressing))
    }
    if expired > 0 {
      rows.append(StockPicture.Row(label: "Expired", count: expired, kind: .pressing))
    }
    rows += [
      StockPicture.Row(label: "Dispensed", count: dispensed, kind: .gone),
      StockPicture.Row(label: "Returned", count: returned, kind: .gone),
      StockPicture.Row(label: "Destroyed", count: destroyed, kind: .gone),
    ]
    return StockPicture(
      finding: finding,
      numbers: "\(received) received; there \(present), of them \(expired) expired; "
        + "\(dispensed) dispensed, \(returned) returned, \(destroyed) destroyed",
      rows: rows)
  }
}
