/// The look of all charts: one style sheet, light and dark.
enum ChartStyle {
  /// The number of series with different colours; further ones start again with the first.
  static let colours = 6

  /// The CSS rules for the classes of charts, with the colours as variables.
  static let sheet = """
    .chart{--ink:#1d2127;--soft:#6b7280;--grid:#e7e5e0;--s0:#2563b8;--s1:#d9662b;--s2:#26876b;\
    --s3:#a2459b;--s4:#a67c00;--s5:#5b6b7f;display:block;width:100%;height:auto;\
    font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
    @media (prefers-color-scheme:dark){.chart{--ink:#e8e6e1;--soft:#9aa1ac;--grid:#2b2f36;\
    --s0:#6ea8fe;--s1:#ff9d66;--s2:#5fcaa5;--s3:#df8fd8;--s4:#e3bd4f;--s5:#a3b2c6}}
    .chart text{fill:var(--soft);font-variant-numeric:tabular-nums}
    .chart .title{fill:var(--ink);font-size:15px;font-weight:600}
    .chart .key{fill:var(--ink)}
    .chart .end{text-anchor:end}.chart .middle{text-anchor:middle}
    .chart .grid{stroke:var(--grid);stroke-width:1}
    .chart .base{stroke:var(--soft);stroke-width:1;opacity:.55}
    .chart .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
    .chart .raw{fill:none;stroke-width:1;stroke-opacity:.3;stroke-linejoin:round}
    .chart .s0{stroke:var(--s0)}.chart .s1{stroke:var(--s1)}.chart .s2{stroke:var(--s2)}\
    .chart .s3{stroke:var(--s3)}.chart .s4{stroke:var(--s4)}.chart .s5{stroke:var(--s5)}
    .chart .d0{fill:var(--s0)}.chart .d1{fill:var(--s1)}.chart .d2{fill:var(--s2)}\
    .chart .d3{fill:var(--s3)}.chart .d4{fill:var(--s4)}.chart .d5{fill:var(--s5)}
    """
}
