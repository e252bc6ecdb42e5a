import Conduct
import Pages
import Store
import StudyModel

/// What of a rating is answered, before it is submitted.
struct RatingReview {
  private let call: Call
  private let token: AssessmentToken
  private let forms: [RatingForm]

  init(_ call: Call) async throws {
    self.call = call
    token = try call.assessmentToken()
    let actor = try call.actor
    let known = call.installation.ratingForms(actor.definition)
    var forms: [RatingForm] = []
    for form in known {
      forms.append(try await RatingForm(call, form: form.id))
    }
    self.forms = forms
  }

  /// Whether every instrument is handed in.
  var isSubmitted: Bool { forms.allSatisfy(\.entry.isSubmitted) }

  func model(faults: [Pages.Fault] = []) -> RatingReviewModel {
    RatingReviewModel(
      frame: call.site.frame(for: call), back: Link(text: "Desk", href: "/desk"),
      token: token.text, instruments: forms.map(summary), form: call.target("/desk/\(token.text)"),
      faults: faults)
  }

  private func summary(_ form: RatingForm) -> RatingSummary {
    let open = form.items.filter { form.entry.answers[$0.id] == nil }
    return RatingSummary(
      title: form.form.title,
      answered: "\(form.items.count - open.count) of \(form.items.count)",
      total: open.isEmpty
        ? form.entry.answers.first { $0.key.text == "total" }?.value.text ?? "" : "",
      unanswered: open.map { field in
        Link(text: field.label.capitalizedFirst, href: "\(form.address)?item=\(field.id.text)")
      })
  }

  func submit() async throws -> String {
    for form in forms { try await form.submit() }
    return "/desk/\(token.text)/record?note=submitted"
  }
}

extension RatingForm {
  /// An instrument of the task, named by the definition and not by the address.
  init(_ call: Call, form: FormID) async throws {
    self.call = call
    actor = try call.actor
    token = try call.assessmentToken()
    let read = try await call.installation.rating(token, form, as: actor)
    task = read.task
    entry = read.entry
    self.form = read.shown
    zone = try await call.ownZone()
  }
}
