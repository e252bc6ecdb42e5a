import Conduct
import Pages
import Store
import StudyModel

/// Randomizing a participant, and setting the randomization up.
enum RandomizationRoutes {
  private static let setUp = Access.anyOf([.draftRandomization, .approveRandomization])

  static let all: [Route] =
    [
      .page(
        "/participants/{participant}/randomize", .anyOf([.randomize]),
        "The preconditions of a randomization."
      ) { call in
        let known = try await call.installation.participant(
          try call.participant(), as: try call.actor)
        guard known.randomizedAt == nil else {
          return .see("/participants/\(known.key.text)/receipt")
        }
        return .page(try await RandomizePage(call).model().page())
      },
      .act(
        "/participants/{participant}/randomize", .anyOf([.randomize]), "Randomizes a participant.",
        RandomizingAct.answer
      ).urgent.paced(.randomization),
      .page(
        "/participants/{participant}/receipt", .anyOf([.randomize]),
        "The receipt of a randomization."
      ) { call in .page(try await RandomizingAct.receiptPage(call).page()) },
      .page("/randomization", setUp, "How far the randomization is set up.") { call in
        .page(try await RandomizationSetUpPage.model(call).page())
      },
      .act(
        "/randomization/approve", .anyOf([.approveRandomization]),
        "Approves the scheme as the second person.", RandomizationSetUpPage.approve),
      .act(
        "/randomization/entropy", .anyOf([.draftRandomization]), "Records the public entropy.",
        RandomizationSetUpPage.entropy),
    ] + SchemeRoutes.all + AllocationRoutes.all
}
