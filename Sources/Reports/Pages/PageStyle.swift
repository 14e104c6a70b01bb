/// The style of the page: one column, plain, light and dark.
enum PageStyle {
  static let sheet = """
    :root{color-scheme:light dark;--paper:#fbfaf8;--card:#ffffff;--ink:#1d2127;--soft:#6b7280;\
    --edge:#e7e5e0;--accent:#2563b8;--alarm:#a4341f;--alarm-paper:#fdf1ee}
    @media (prefers-color-scheme:dark){:root{--paper:#14161a;--card:#1b1e23;--ink:#e8e6e1;\
    --soft:#9aa1ac;--edge:#2b2f36;--accent:#6ea8fe;--alarm:#ff9d8a;--alarm-paper:#2c1c19}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--paper);color:var(--ink);line-height:1.55;\
    font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;\
    -webkit-font-smoothing:antialiased}
    main{max-width:1120px;margin:0 auto;padding:72px 32px 48px}
    .overline{margin:0;color:var(--accent);font-size:13px;font-weight:600;letter-spacing:.08em;\
    text-transform:uppercase}
    h1{margin:4px 0 0;font-size:44px;line-height:1.15;letter-spacing:-.02em;font-weight:700;\
    overflow-wrap:anywhere}
    .subtitle{margin:8px 0 0;color:var(--soft);font-size:18px}
    h2{margin:0 0 20px;font-size:22px;letter-spacing:-.01em;font-weight:650}
    section{margin-top:64px}
    dl,dd,dt,figure,p{margin:0}
    .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:28px 24px;\
    margin-top:36px;padding-top:28px;border-top:1px solid var(--edge)}
    dt{color:var(--soft);font-size:13px}
    .figures dd{font-size:28px;line-height:1.25;font-weight:650;letter-spacing:-.015em;\
    font-variant-numeric:tabular-nums}
    .figures dd.aside,.aside{color:var(--soft);font-size:13px;font-weight:400;letter-spacing:0}
    .samples{display:grid;grid-template-columns:minmax(0,5fr) minmax(0,4fr);gap:32px;\
    align-items:start}
    .samples>:only-child{grid-column:1/-1;max-width:640px}
    .strip{display:grid;grid-template-columns:repeat(auto-fill,minmax(112px,1fr));gap:16px}
    img{display:block;width:100%;height:auto;border-radius:4px;background:var(--edge)}
    .large img{border-radius:8px}
    img.pixels{image-rendering:pixelated}
    figcaption{margin-top:6px;color:var(--soft);font-size:12px;font-variant-numeric:tabular-nums}
    .large figcaption{font-size:13px}
    .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(440px,100%),1fr));gap:24px}
    .charts>div{max-width:640px;padding:22px 22px 16px;background:var(--card);border:1px solid var(--edge);\
    border-radius:12px}
    .wide{overflow-x:auto}
    table{width:100%;border-collapse:collapse;font-size:15px}
    th{text-align:left;font-weight:600}
    thead th{padding:0 16px 8px 0;color:var(--soft);font-size:13px;font-weight:400}
    tbody th,td{padding:12px 16px 12px 0;border-top:1px solid var(--edge);vertical-align:baseline}
    .number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
    thead .number{padding-right:24px}td.number{padding-right:24px}
    .strong{font-weight:650}
    a{color:var(--accent)}
    em{color:var(--alarm);font-style:normal}
    .fact{display:inline-block;margin-right:14px;color:var(--soft);font-size:13px}
    .fact b{color:var(--ink);font-weight:500}
    .direction{display:block;color:var(--soft);font-size:12px;font-weight:400}
    .note{margin-top:8px;color:var(--soft);font-size:12px}
    .heads{display:grid;grid-template-columns:repeat(var(--columns),minmax(0,1fr));margin-bottom:6px;\
    color:var(--soft);font-size:12px;text-align:center}
    .heads span{overflow:hidden;text-overflow:ellipsis}
    .facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(300px,100%),1fr));\
    gap:20px 32px}
    .facts dd{overflow-wrap:anywhere}
    details{border:1px solid var(--edge);border-radius:12px;background:var(--card)}
    summary{padding:14px 20px;cursor:pointer}
    summary::marker{color:var(--soft)}
    pre{margin:0;overflow-x:auto;font:13px/1.6 ui-monospace,"SF Mono",Menlo,Consolas,\
    "DejaVu Sans Mono",monospace}
    details pre{padding:4px 20px 20px}
    .command{margin-top:24px;padding:14px 20px;background:var(--card);border:1px solid var(--edge);\
    border-radius:12px;white-space:pre-wrap;overflow-wrap:anywhere}
    .damage{margin-top:40px;padding:20px 24px;border-radius:12px;background:var(--alarm-paper);\
    color:var(--alarm)}
    .damage h2{margin-bottom:6px;font-size:16px}
    .damage ul{margin:0;padding-left:18px;font-size:14px}
    footer{margin-top:80px;padding-top:20px;border-top:1px solid var(--edge);color:var(--soft);\
    font-size:13px}
    .pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(420px,100%),1fr));gap:24px}
    .neighbourhoods{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(500px,100%),1fr));\
    gap:20px 40px;margin-top:20px}
    .neighbours{display:grid;grid-template-columns:repeat(6,minmax(0,1fr));gap:8px}
    .neighbours figure:first-child{padding-right:12px;border-right:1px solid var(--edge)}
    @media (max-width:720px){main{padding:40px 20px 32px}h1{font-size:34px}section{margin-top:48px}\
    .samples{grid-template-columns:minmax(0,1fr)}.heads{font-size:10px}\
    .charts>div{padding:16px 12px 12px}.charts .chart{font-size:16px}\
    table,tbody,tr,tbody th,tbody td{display:block}thead{display:none}\
    tbody tr{padding:12px 0;border-top:1px solid var(--edge)}\
    tbody th,tbody td,td.number{padding:2px 0;border:0;text-align:left;white-space:normal}\
    tbody td[data-title]{position:relative;min-height:28px;padding-left:132px}\
    td[data-title]::before{content:attr(data-title);position:absolute;left:0;width:124px;\
    color:var(--soft);font-size:13px;font-weight:400}td:empty{display:none}}
    @media print{section,figure,.charts>div{break-inside:avoid}}
    """
}
