import Conduct
import Pages
import Store
import StudyModel

/// Signing several forms of a participant in one act, each of them listed.
enum BatchSigningPage {
  static func show(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let key = try call.participant()
    let waiting = try await call.installation.signableForms(of: key, as: actor)
    let zone = call.site.zone(of: actor)
    let free = waiting.filter { !$0.isBlocked }
    return ActPageModel(
      frame: call.site.frame(for: call),
      back: Link(text: key.text, href: "/participants/\(key.text)"),
      title: "Sign forms of \(key.text)",
      lead: waiting.count == 1 ? "1 form waits" : "\(waiting.count) forms wait",
      notice: waiting.isEmpty ? "No form waits for your signature." : "",
      facts: waiting.filter(\.isBlocked).map {
        Fact(
          name: "\($0.title), \($0.address.visit.text)",
          value: "cannot be signed: a blocking data query is not closed")
      },
      act: free.isEmpty
        ? nil
        : ActForm(
          form: call.target("/participants/\(key.text)/sign"), button: "Sign the chosen forms",
          whatHappens: [
            "Each chosen form is signed under your name, \(actor.fullName), \(actor.role.title).",
            "All of them are signed or none.",
          ],
          fields: [
            EntryField(
              name: "records", label: "Forms",
              control: .multiple(
                choices: free.map { form in
                  Choice(
                    code: code(form),
                    label: "\(form.title), \(form.address.visit.text), version \(form.version), "
                      + "\(form.author), \(Times.full(form.enteredAt, zone)): “\(form.meaning)”",
                    isCodeShown: false)
                }, selected: call.form.all("records")),
              hint: "Read each form before you sign it: links to all of them stand below.")
          ], authentication: try await call.signatureProof()),
      links: free.map { form in
        let place = EntryPlace(
          key, form.address.form, form.address.visit, number: form.address.number)
        return Link(
          text: "Read \(form.title), \(form.address.visit.text)"
            + (form.address.number > 1 ? ", \(form.address.number)" : ""),
          href: place.address())
      }, faults: faults)
  }

  static func sign(_ call: Call) async throws -> Answer {
    try await call.act {
      let key = try call.participant()
      _ = try await call.installation.signEntries(
        try orders(call.form.all("records").filter { !$0.isEmpty }, of: key), of: key,
        as: try await call.freshActor())
      return "/participants/\(key.text)?note=signed"
    } orShow: {
      try await show(call, faults: $0).page()
    }
  }

  private static func code(_ form: SignableForm) -> String {
    let place = form.address
    return "\(place.form.text)@\(place.visit.text)#\(place.number):\(form.version)"
  }

  /// Records by their codes, `FORM@VISIT#number:version`.
  static func orders(_ codes: [String], of key: ParticipantKey) throws(ActRefusal) -> [SigningOrder]
  {
    var orders: [SigningOrder] = []
    for code in codes {
      guard let match = code.wholeMatch(of: /([^@#:]+)@([^@#:]+)#([0-9]{1,4}):([0-9]{1,6})/),
        let form = try? FormID(parsing: String(match.1)),
        let visit = try? VisitCode(parsing: String(match.2)), let number = Int(match.3),
        let version = Int(match.4)
      else { throw .notFound }
      orders.append(
        SigningOrder(EntryAddress(key, form, visit, number: number), version: version))
    }
    return orders
  }
}
