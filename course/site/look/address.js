// What a reader has chosen stands in the address: #step=17&seeds=3. Whatever else stands there is no harm.
const address = {
  get() {
    return new Map([...new URLSearchParams(location.hash.slice(1))].filter(one => /^\d{1,6}$/.test(one[1])).map(one => [one[0], Number(one[1])]));
  },
  put(name, number) {
    this.late = (this.late || new Map()).set(name, number);
    clearTimeout(this.timer); // browsers refuse an address that changes too often
    this.timer = setTimeout(() => {
      history.replaceState(null, "", "#" + new URLSearchParams([...new Map([...this.get(), ...this.late])]));
      this.late = null;
    }, 200);
  },
};
