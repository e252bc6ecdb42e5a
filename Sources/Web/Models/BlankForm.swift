public import Pages
public import StudyModel

/// A form of a definition as capture asks it, filled with nothing: for looking at, before anything is live.
public enum BlankForm {
  /// The sections and controls of the page of a form, under names of its own.
  ///
  /// So several forms stand on one page. They are those of a reader of every class, since nothing is
  /// stored yet.
  public static func sections(of form: Form) -> [FieldSection] {
    EntryControls(form: form, readable: DataClass.allCases, boxes: FormFields()).sections
      .map { section in
        var section = section
        section.fields = section.fields.map { field in
          var field = field
          field.name = "\(form.id.text).\(field.name)"
          return field
        }
        return section
      }
  }
}
