/// Additional styles for the page of a race: verdict, captions, more kinds of marks.
enum RaceStyle {
  static let sheet = """
    .supported{--tone:#1f7a4d}.not-supported{--tone:#b2431f}.undecided{--tone:#8a6500}\
    .refused{--tone:#5b6b7f}
    @media (prefers-color-scheme:dark){.supported{--tone:#63d39b}.not-supported{--tone:#ff9d7a}\
    .undecided{--tone:#e3bd4f}.refused{--tone:#a3b2c6}}
    h1.claim{font-size:32px}
    .verdict{margin-top:36px;padding:26px 32px 28px;background:var(--card);border-radius:16px;\
    border:1px solid var(--edge);border-left:8px solid var(--tone)}
    .verdict .standing{color:var(--tone);font-size:13px;font-weight:600;letter-spacing:.08em;\
    text-transform:uppercase}
    .verdict .words{margin-top:2px;color:var(--tone);font-size:46px;line-height:1.15;\
    font-weight:700;letter-spacing:-.02em;overflow-wrap:anywhere}
    .verdict p+p.aside{margin-top:8px}
    .verdict ul,.plain ul{margin:12px 0 0;padding-left:20px}
    .plain{margin-top:40px;max-width:820px}
    .plain h2{margin-bottom:8px}
    .plain p{font-size:18px}
    .terms{margin-top:18px;color:var(--soft);font-size:14px}
    .terms b{color:var(--ink);font-weight:600}
    .caption{margin-top:14px;max-width:820px;color:var(--soft);font-size:14px}
    h2 .place{margin-right:8px;color:var(--soft);font-weight:400}
    section .wide+.facts,section .facts+.facts,.caption+.facts,.caption+.wide,.facts+.caption,\
    .aside+.wide,.aside+.facts{margin-top:24px}
    details .wide{padding:0 20px 20px}
    .sayings{margin:0;padding-left:20px;max-width:820px}.sayings li+li{margin-top:8px}
    .chart .neutral{stroke:var(--soft)}.chart .filled{fill:var(--soft)}
    .chart .dashed{stroke-width:1.5;stroke-dasharray:6 5}
    .chart .dots{fill-opacity:.75}
    .chart .band{stroke:none;fill-opacity:.16}
    .chart .boxes{fill-opacity:.85}
    @media (max-width:720px){.verdict .words{font-size:32px}h1.claim{font-size:26px}}
    """
}
