import Conduct
import Pages
import Store
import StudyModel

/// The interim looks a person may know, and one of them.
struct ReportLooks {
  private let call: Call
  private let actor: Actor

  init(_ call: Call) throws {
    self.call = call
    actor = try call.actor
  }

  private var zone: String { call.site.zone(of: actor) }

  func list(faults: [Pages.Fault] = []) async throws -> InterimsModel {
    let looks = try await call.installation.interimLooks(as: actor)
    return InterimsModel(
      frame: call.site.frame(for: call), rows: looks.enumerated().map { row($1, $0 + 1) },
      lead: plan, act: actor.role.can(.buildInterimReport) ? build : nil, faults: faults)
  }

  private var plan: String {
    let looks = actor.definition.interim?.looks ?? []
    let efficacy = looks.filter(\.isEfficacy)
    let words = efficacy.map { "\($0.id) after \($0.participants) participants" }
    return words.isEmpty
      ? "\(looks.count) looks are planned."
      : "\(looks.count) looks are planned; efficacy is tested at \(words.joined(separator: ", "))."
  }

  private func row(_ look: LookRecord, _ place: Int) -> InterimRow {
    InterimRow(
      title: "Look \(place)", href: "/reports/\(look.snapshot)",
      cutOff: Times.full(look.cutOff, zone), snapshot: String(look.snapshot), chip: chip(look))
  }

  private func chip(_ look: LookRecord) -> Chip {
    look.releasedAt == nil ? .waiting("the release") : .state(.good, "released")
  }

  private var build: ActForm {
    ActForm(
      form: call.target("/reports/build"), button: "Build the interim look",
      whatHappens: [
        "The data of all classes are cut as they stand and kept for ever.",
        "The closed report shows the arms under letters; the open report is made of data without arms.",
      ], cannotBeUndone: "A look that was taken stays on record.", authentication: call.proof)
  }

  // MARK: One look

  func number() throws(ActRefusal) -> Int {
    guard let number = Int(call.parameter("number")) else { throw .notFound }
    return number
  }

  func one(faults: [Pages.Fault] = []) async throws -> InterimModel {
    let number = try number()
    let looks = try await call.installation.interimLooks(as: actor)
    guard let place = looks.firstIndex(where: { $0.snapshot == number }) else {
      throw ActRefusal.notFound
    }
    let look = looks[place]
    let isReleased = look.releasedAt != nil
    return InterimModel(
      frame: call.site.frame(for: call), back: Link(text: "Interim reports", href: "/reports"),
      title: "Look \(place + 1)", chip: chip(look),
      facts: [
        Fact(name: "Data cut-off", value: Times.full(look.cutOff, zone)),
        Fact(name: "Snapshot", value: String(look.snapshot)),
      ],
      steps: [
        StepRow(title: "Built by the independent statistician", state: .done),
        StepRow(
          title: "Released by a second unblinded person", state: isReleased ? .done : .current,
          detail: look.releasedAt.map { Times.full($0, zone) } ?? ""),
        StepRow(
          title: "Read by the monitoring committee", state: isReleased ? .current : .waiting),
      ], reports: reports(number),
      act: !isReleased && actor.role.can(.checkInterimReport) ? release(number) : nil,
      faults: faults)
  }

  private func reports(_ number: Int) -> [Link] {
    var links: [Link] = []
    if actor.role.can(.readClosedReport) || actor.role.can(.buildInterimReport) {
      links.append(Link(text: "Closed report", href: "/reports/\(number)/closed"))
    }
    if actor.role.can(.readOpenReport) {
      links.append(Link(text: "Open report", href: "/reports/\(number)/open"))
    }
    return links
  }

  private func release(_ number: Int) -> ActForm {
    ActForm(
      form: call.target("/reports/\(number)/release"), button: "Release this look",
      whatHappens: [
        "The committee may read the closed report, and everybody entitled the open one.",
        "You state that this look was due by the plan, and that cut-off and snapshot are those agreed. "
          + "What the reports say is for the committee and its statistician.",
      ], cannotBeUndone: "What was read cannot be taken back.", authentication: call.proof)
  }
}
