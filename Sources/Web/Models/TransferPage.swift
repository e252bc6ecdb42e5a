import Conduct
import Pages
import Store
import StudyModel

/// The hand-over of a participant: offered by the site that has the participant, decided by the other.
enum TransferPage {
  static func show(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let (actor, key) = (try call.actor, try call.participant())
    guard case .site(let own) = actor.sites else { throw ActRefusal.notFound }
    let offers = try await call.installation.transfers(as: actor).filter { $0.participant == key }
    let open = offers.first { $0.decision == nil }
    var back = Link(text: "Home", href: "/")
    if open?.to != own {
      _ = try await call.installation.participant(key, as: actor)
      back = Link(text: key.text, href: "/participants/\(key.text)")
    }
    let zone = call.site.zone(of: actor)
    let act =
      if let open { decision(open, own, call) } else { try await offer(key, call, faults) }
    return ActPageModel(
      frame: call.site.frame(for: call), back: back, title: "Hand over \(key.text)",
      notice: act == nil ? "No other site is active, so there is none to hand over to." : "",
      facts: offers.flatMap { facts($0, actor, zone) },
      act: act, faults: faults)
  }

  private static func facts(_ offer: StoredTransfer, _ actor: Actor, _ zone: String) -> [Fact] {
    let became =
      switch (offer.decision, offer.decidedAt) {
      case (let decision?, let at?): "\(decision.rawValue) on \(Times.full(at, zone))"
      default: "open"
      }
    return [
      Fact(
        name: "Offer of \(Times.full(offer.offeredAt, zone))",
        value: "\(name(offer.from, actor)) to \(name(offer.to, actor)), \(became)"),
      Fact(name: "Why", value: offer.reason),
    ]
  }

  private static func name(_ site: SiteKey, _ actor: Actor) -> String {
    "\(site) \(actor.definition.site(site)?.title ?? "")"
  }

  private static func offer(
    _ key: ParticipantKey, _ call: Call, _ faults: [Pages.Fault]
  ) async throws -> ActForm? {
    let others = try await call.installation.sitesToOffer(as: try call.actor).map {
      Choice(code: $0.key.text, label: "\($0.key) \($0.name)")
    }
    guard !others.isEmpty else { return nil }
    func fault(_ name: String) -> String { faults.first { $0.field == name }?.sentence ?? "" }
    return ActForm(
      form: call.target("/participants/\(key.text)/transfer"), button: "Offer \(key.text)",
      whatHappens: [
        "The other site is asked to take the participant over. Until it accepts nothing changes, and "
          + "you can withdraw the offer.",
        "Then the participant, with key, visits and record, is read and treated there and no longer "
          + "here. Day 0 and stratum stay those of the randomization.",
      ],
      fields: [
        EntryField(
          name: "site", label: "To which site",
          control: .code(choices: others, selected: call.form["site"] ?? ""), fault: fault("site")),
        EntryField(
          name: "reason", label: "Why",
          control: .text(text: call.form["reason"] ?? "", maximum: 500),
          hint: "Both sites read it. Such as: moved house. No name, no treatment.",
          fault: fault("reason")),
      ], authentication: .notNeeded)
  }

  private static func decision(_ offer: StoredTransfer, _ own: SiteKey, _ call: Call) -> ActForm {
    let key = offer.participant.text
    let choices =
      offer.to == own
      ? [
        Choice(code: TransferDecision.accepted.rawValue, label: "Take the participant over"),
        Choice(code: TransferDecision.declined.rawValue, label: "Decline"),
      ] : [Choice(code: TransferDecision.withdrawn.rawValue, label: "Withdraw the offer")]
    return ActForm(
      form: call.target("/participants/\(key)/transfer/decision"), button: "Record for \(key)",
      whatHappens: offer.to == own
        ? [
          "When you take the participant over, your site reads and continues the record, and the "
            + "site before no longer does. To undo it, offer the participant back."
        ] : ["The participant stays here."],
      fields: [
        EntryField(
          name: "decision", label: "What is decided",
          control: .code(
            choices: choices,
            selected: choices.count == 1 ? choices[0].code : call.form["decision"] ?? ""))
      ], authentication: .notNeeded)
  }

  static func offer(_ call: Call) async throws -> Answer {
    let key = try call.participant()
    return try await call.act {
      try await call.installation.offerTransfer(
        of: key, to: call.form["site"] ?? "", reason: call.form["reason"] ?? "",
        as: try call.actor)
      return "/participants/\(key.text)?note=offered"
    } orShow: { faults in
      try await show(call, faults: faults).page()
    }
  }

  static func decide(_ call: Call) async throws -> Answer {
    let key = try call.participant()
    return try await call.act {
      let decision = try TransferBody.decision(call.form["decision"] ?? "")
      try await call.installation.decideTransfer(of: key, decision, as: try call.actor)
      return decision == .declined
        ? "/?note=offer-declined" : "/participants/\(key.text)?note=\(decision.note)"
    } orShow: { faults in
      try await show(call, faults: faults).page()
    }
  }
}

extension TransferDecision {
  fileprivate var note: String { self == .accepted ? "taken-over" : "offer-withdrawn" }
}

/// An offer of a participant to another site.
struct TransferBody: Codable {
  let participant: String
  let from: String
  let to: String
  let reason: String
  let offeredAt: String
  /// accepted, declined or withdrawn; empty while it is open.
  let decision: String

  private enum CodingKeys: String, CodingKey {
    case participant, from, to, reason, decision
    case offeredAt = "offered_at"
  }

  init(_ offer: StoredTransfer) {
    participant = offer.participant.text
    from = offer.from.text
    to = offer.to.text
    reason = offer.reason
    offeredAt = offer.offeredAt.description
    decision = offer.decision?.rawValue ?? ""
  }

  static func decision(_ text: String) throws(ActRefusal) -> TransferDecision {
    guard let decision = TransferDecision(rawValue: text) else {
      throw .invalid([
        Conduct.Fault(
          field: "decision", code: "bad_decision",
          sentence: "Choose what is decided: accepted, declined or withdrawn. Nothing was changed.")
      ])
    }
    return decision
  }
}
