import Conduct
import Pages
import StudyModel

/// Central ratings: by token, the same for every task.
enum RatingRoutes {
  static let all: [Route] = [
    .page("/desk", rater, "The rater's tasks.") { call in
      .page(try await RatingDesk(call).model().page())
    },
    .page("/desk/{token}/record", rater, "The blinding record.") { call in
      let record = try await RatingRecord(call)
      try record.requireTurn()
      return .page(record.model().page())
    },
    .act("/desk/{token}/record", rater, "Gives the blinding record.") { call in
      let record = try await RatingRecord(call)
      try record.requireTurn()
      return try await call.act(record.save) { faults in record.model(faults: faults).page() }
    },
    .page("/desk/{token}", rater, "A rating before it is submitted.") { call in
      let review = try await RatingReview(call)
      guard !review.isSubmitted else {
        return .see("/desk/\(try call.assessmentToken().text)/record")
      }
      return .page(review.model().page())
    },
    .act("/desk/{token}", rater, "Submits a rating.") { call in
      let review = try await RatingReview(call)
      return try await call.act(review.submit) { faults in review.model(faults: faults).page() }
    },
    .page("/desk/{token}/{form}", rater, "One instrument of a rating.") { call in
      let form = try await RatingForm(call)
      guard !form.entry.isSubmitted else { return .see("/desk/\(form.token.text)") }
      guard call.query["all"] == nil else { return .page(try form.whole().page()) }
      return .page(try form.model(item: call.query["item"]).page())
    },
    .act("/desk/{token}/{form}", rater, "Keeps or submits an instrument.", save),
  ]

  private static let rater = Access.anyOf([.rate])

  private static func save(_ call: Call) async throws -> Answer {
    let form = try await RatingForm(call)
    guard let item = call.query["item"] else {
      return try await call.act(form.saveWhole) { faults in
        try form.whole(boxes: call.form, faults: faults).page()
      }
    }
    return try await call.act {
      try await form.saveItem(item)
    } orShow: { faults in
      try form.model(item: item, faults: faults).page()
    }
  }
}
