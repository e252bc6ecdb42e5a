import Pages

extension Samples {
  var signingIn: [(name: String, page: any PageModel)] {
    [
      (name: "sign-in", page: signIn), (name: "sign-in-refused", page: signInRefused),
      (name: "one-time-code", page: oneTimeCode),
      (name: "training-sign-ins", page: trainingSignIns),
    ] + errors
  }

  private var signIn: SignInModel {
    SignInModel(
      frame: plain(), form: form("/sign-in"),
      contact: t(
        "Call the study office of your site, 000 000 0100, Monday to Friday, 8:00 to 18:00."),
      training: Link(text: t("Training sign-ins"), href: t("/training")))
  }

  private var signInRefused: SignInModel {
    var model = signIn
    model.userName = t("m.coordinator")
    model.faults = [
      Fault(field: t("user"), sentence: t("Name and password do not belong together. Try again."))
    ]
    return model
  }

  private var oneTimeCode: OneTimeCodeModel {
    OneTimeCodeModel(
      frame: plain(), form: form("/sign-in/code"),
      back: Link(text: t("Sign in"), href: t("/sign-in")),
      trainingCode: t("482 913"),
      contact: t("Use one of your ten recovery codes, or call the study office of your site."))
  }

  private var trainingSignIns: TrainingSignInsModel {
    TrainingSignInsModel(
      frame: plain(), password: t("lindenhof-river-stone-27"),
      people: [
        TrainingPerson(
          user: t("m.coordinator"), role: t("coordinator"), place: t("Site 104 Lindenhof"),
          tries: t("consent, baseline, randomize"),
          signIn: Link(
            text: t("Sign in"), href: t("/sign-in?user=m.coordinator"), context: t("coordinator"))),
        TrainingPerson(
          user: t("t.treatment"), role: t("treatment coordinator"), place: t("Site 104 Lindenhof"),
          tries: t("read an allocation"),
          signIn: Link(
            text: t("Sign in"), href: t("/sign-in?user=t.treatment"),
            context: t("treatment coordinator"))),
        TrainingPerson(
          user: t("l.rater"), role: t("rater"), place: t("central ratings"),
          tries: t("rate by token"),
          signIn: Link(text: t("Sign in"), href: t("/sign-in?user=l.rater"), context: t("rater"))),
      ])
  }

  private var errors: [(name: String, page: any PageModel)] {
    let kinds: [(name: String, kind: ErrorKind)] = [
      (name: "error-400", kind: .badRequest), (name: "error-404", kind: .notFound),
      (name: "error-409", kind: .conflict), (name: "error-422", kind: .unprocessable),
      (name: "error-429", kind: .tooManyRequests), (name: "error-500", kind: .failure),
      (name: "error-503", kind: .unavailable),
    ]
    return kinds.map { name, kind in
      (
        name: name,
        page: ErrorModel(
          frame: coordinator(0), kind: kind,
          details: kind == .conflict ? [t("V. Other saved version 4 at 10:41.")] : [],
          number: kind == .failure ? t("48213") : "",
          links: [Link(text: t("Today"), href: t("/kap-ect/today"))])
      )
    }
  }
}
