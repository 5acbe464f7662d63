break references.rs:{STOP} ; run  =>  look
print *inner  =>  Inner \{number: 0x[0-9a-f]+, list: 0x[0-9a-f]+, call: 0x[0-9a-f]+, tail: 9\}
print **inner.number  =>  = 5$
print inner.list.length  =>  = 2$
print copy  =>  = 5$
print (*many)[1].tail  =>  = 2$
print **(*many)[1].number  =>  = 5$
