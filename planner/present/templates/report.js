(function () {
  "use strict";
  var table = document.getElementById("schools"), body = table.tBodies[0];
  var find = document.getElementById("find"), count = document.getElementById("count");
  var lang = document.documentElement.lang, all = Array.prototype.slice.call(body.rows);
  function fold(text) {
    return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/g, "d");
  }
  var texts = all.map(function (row) { return fold(row.textContent); });
  function search() {
    var wanted = fold(find.value.trim()), shown = 0;
    all.forEach(function (row, k) {
      row.hidden = texts[k].indexOf(wanted) < 0;
      if (!row.hidden) { shown += 1; }
    });
    count.textContent = shown + "/" + all.length;
  }
  var collator = new Intl.Collator(lang, { numeric: true });
  function sort(heading, at) {
    var up = heading.getAttribute("aria-sort") !== "ascending";
    var number = heading.querySelector("[data-n]") !== null;
    var rows = all.slice().sort(function (a, b) {
      var x = a.cells[at], y = b.cells[at];
      var order = number ? x.dataset.v - y.dataset.v : collator.compare(x.textContent, y.textContent);
      return up ? order : -order;
    });
    rows.forEach(function (row) { body.appendChild(row); });
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (other) {
      other.setAttribute("aria-sort", other === heading ? (up ? "ascending" : "descending") : "none");
    });
  }
  Array.prototype.forEach.call(table.tHead.rows[0].cells, function (heading, at) {
    heading.addEventListener("click", function () { sort(heading, at); });
    heading.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(heading, at); }
    });
  });
  find.addEventListener("input", search);
  search();
})();
